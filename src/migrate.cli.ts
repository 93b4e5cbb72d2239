#!/usr/bin/env node
import 'reflect-metadata';
import { Pool } from 'pg';
import { useBuild } from './builds/build-in-use.js';
import { ConfigurationError } from './config/configuration-error.js';
import { parseConfiguration } from './config/parse-configuration.js';
import { connectedDataSource } from './database/connected-data-source.js';
import { dataSourceOptions } from './database/data-source.js';
import { runMigrations } from './database/run-migrations.js';
import { STATE_POOL } from './database/state-session.js';
import { migrateQueue } from './jobs/migrate-queue.js';
import { startFailure } from './start-failure.js';
import { refusalOf } from './vault-access/vault-access.js';
import { migrateCatalogue } from './vault/catalogue/postgres/migrate-catalogue.js';

/** Two: one holds the lock under which the other migrates. */
const CONNECTIONS = 2;

/**
 * `snapback-migrate`: brings the service's own database up to date, and does nothing else. Every process does the same at its start, so
 * nobody has to run it. Whoever does hears of a migration that fails before any process of the old version has been stopped. It needs
 * DATABASE_URL alone, and looks at no other variable.
 */
async function main(): Promise<void> {
  await useBuild();
  const configuration = parseConfiguration({ DATABASE_URL: process.env['DATABASE_URL'] });
  const url = configuration.DATABASE_URL;
  if (url === undefined) {
    throw new ConfigurationError(
      'DATABASE_URL is required; the embedded PostgreSQL is brought up to date by the start.',
    );
  }
  // In this order: it is the first that refuses a database which a newer version has changed.
  await migrateTables(url);
  await migrateVault(url).catch((error: unknown) => {
    throw refusalOf(error, configuration) ?? error;
  });
  await migrateQueue(url);
}

async function migrateTables(url: string): Promise<void> {
  const dataSource = await connectedDataSource(dataSourceOptions(url, CONNECTIONS));
  try {
    await runMigrations(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function migrateVault(url: string): Promise<void> {
  const connections = new Pool({ connectionString: url, application_name: 'snapback vault', max: 1, ...STATE_POOL });
  connections.on('error', () => undefined);
  try {
    await migrateCatalogue(connections);
  } finally {
    await connections.end();
  }
}

try {
  await main();
  console.log("The service's own database is up to date.");
} catch (error) {
  console.error(startFailure(error));
  process.exitCode = 1;
}
