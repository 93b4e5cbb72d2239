import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { mintToken } from '../../src/auth/minting/mint-token.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { startServer } from '../machine/start-server.js';
import { median, writeResults } from '../results.js';
import { load } from './load.js';
import type { Load } from './load.js';

const SNAPSHOTS = 100_000;
const ROUNDS = 3;
const CONNECTIONS = 16;
const SECONDS = 5;
const POOL_SIZE = 15;

/** `snapshotList` with 100,000 snapshots, against the same two statements through bare Nest, in turn. */
export async function runListBench(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'snapback-bench-'));
  await chmod(dataDir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir });
  const stops: (() => Promise<void>)[] = [];
  try {
    const environmentId = await fill(postgres.url);
    const secret = randomBytes(32).toString('hex');
    const snapback = await startServer(join(import.meta.dirname, '../../src/main.js'), {
      ...service(postgres.url, dataDir, secret),
    });
    stops.push(snapback.stop);
    const bare = await startServer(join(import.meta.dirname, 'bare-nest.js'), {
      DATABASE_URL: postgres.url,
      DATABASE_POOL_SIZE: String(POOL_SIZE),
    });
    stops.push(bare.stop);

    const headers = { authorization: `Bearer ${token(secret)}` };
    const runs: Record<'snapback' | 'bareNest', Load[]> = { snapback: [], bareNest: [] };
    const options = { connections: CONNECTIONS, seconds: SECONDS };
    for (let round = 0; round <= ROUNDS; round += 1) {
      const ours = await load(
        `${snapback.url}/api/v1/environments/${environmentId}/snapshots?limit=20`,
        headers,
        options,
      );
      const theirs = await load(`${bare.url}/environments/${environmentId}/snapshots?limit=20`, {}, options);
      // The first round warms both up.
      if (round === 0) continue;
      runs.snapback.push(ours);
      runs.bareNest.push(theirs);
    }
    await report(runs);
  } finally {
    for (const stop of stops) await stop();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function report(runs: Record<'snapback' | 'bareNest', Load[]>): Promise<void> {
  const figures = Object.entries(runs).map(([name, loads]) => ({
    name,
    requestsPerSecond: Math.round(median(loads.map((one) => one.requestsPerSecond))),
    p99Ms: Math.round(median(loads.map((one) => one.p99Ms)) * 10) / 10,
  }));
  console.table(figures);
  const [ours, theirs] = figures;
  const ratio = Math.round(((ours?.requestsPerSecond ?? 0) / (theirs?.requestsPerSecond ?? 1)) * 100) / 100;
  console.log(`Snapback serves ${ratio} times as many requests as bare Nest with the same SQL.`);
  await writeResults('list', ROUNDS, [
    { case: 'snapshotList', ratio, snapshots: SNAPSHOTS, connections: CONNECTIONS, figures },
  ]);
}

async function fill(url: string): Promise<string> {
  const dataSource = await new DataSource(dataSourceOptions(url, 2)).initialize();
  try {
    await runMigrations(dataSource);
    const [projectId, environmentId] = [randomUUID(), randomUUID()];
    await dataSource.query(`INSERT INTO projects (id, organization, name) VALUES ($1, 'bench', 'bench')`, [projectId]);
    await dataSource.query(
      `INSERT INTO environments (id, project_id, name, type, filestore_path) VALUES ($1, $2, 'bench', 'staging', '/nowhere')`,
      [environmentId, projectId],
    );
    await dataSource.query(
      `INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, database_bytes, created_at, started_at, finished_at)
       SELECT $1, $2, 'manual', 'completed', 'bench', n * 1000, at, at, at + interval '3 seconds'
         FROM generate_series(1, ${SNAPSHOTS}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) t`,
      [environmentId, projectId],
    );
    await dataSource.query('VACUUM ANALYZE snapshots');
    return environmentId;
  } finally {
    await dataSource.destroy();
  }
}

function service(databaseUrl: string, dataDir: string, secret: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    DATA_DIR: dataDir,
    ORGANIZATION: 'bench',
    JWT_SECRET: secret,
    CREDENTIALS_KEY: randomBytes(32).toString('base64'),
    VAULT_MASTER_KEY: randomBytes(32).toString('base64'),
    ROLE: 'api',
    // Bare Nest logs nothing either.
    LOG_LEVEL: 'silent',
    RATE_LIMIT_SUBJECT: '100000000',
    RATE_LIMIT_ORGANIZATION: '100000000',
  };
}

function token(secret: string): string {
  return mintToken(
    {
      secret,
      issuer: 'snapback',
      audience: 'snapback',
      subject: 'bench',
      organization: 'bench',
      permissions: ['snapshots:read'],
      projects: null,
      lifetimeSeconds: 3600,
    },
    new Date(),
  );
}
