import { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { STATE_POOL, STATE_SESSION } from '../../src/database/state-session.js';
import { isDatabaseOutage } from '../../src/errors/database-outage.js';
import { ProgressEventEntity } from '../../src/progress/progress-event.entity.js';
import { ProgressLog } from '../../src/progress/progress-log.js';
import { createTestDatabase, query, urlOf } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 4, [ProgressEventEntity])).initialize();
  await runMigrations(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const SUBJECT = '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('progress of ${SUBJECT}', 0))`;

describe.concurrent('a session of the service that stands still in the middle of a transaction', () => {
  it('is ended by the server within seconds, so that those who wait for it go on', async () => {
    // As all of them, only sooner: how long the limit is in truth the test below says.
    const limits = { ...STATE_SESSION, idle_in_transaction_session_timeout: 1_000 };
    const silent = new Client({ connectionString: urlOf(database.address), ...limits });
    const ended = Promise.withResolvers<string>();
    silent.on('error', (error) => ended.resolve(error.message));
    await silent.connect();
    await silent.query('BEGIN');
    await silent.query(LOCK);
    const began = Date.now();
    const progress = new ProgressLog(dataSource.getRepository(ProgressEventEntity));
    await progress.append(SUBJECT, { final: false });
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(await ended.promise).toContain('idle-in-transaction timeout');
    const [event] = await progress.after(SUBJECT, '0');
    expect(event?.data).toEqual({ final: false });
  }, 40_000);

  it('is not waited for without end even when the server cannot end it: that is an outage, to be tried again', async () => {
    const pool = new Pool({ connectionString: urlOf(database.address), max: 1, ...STATE_POOL, lock_timeout: 300 });
    const stranger = new Client({ connectionString: urlOf(database.address) });
    await stranger.connect();
    await stranger.query('SELECT pg_advisory_lock(1)');
    const waiting: unknown = await pool.query('SELECT pg_advisory_lock(1)').catch((error: unknown) => error);
    expect([waiting instanceof Error, isDatabaseOutage(waiting)]).toEqual([true, true]);
    await stranger.end();
    await pool.end();
  });
});

describe('every connection of the service to its own database', () => {
  it('has these limits', async () => {
    const rows: { name: string; setting: string }[] = await dataSource.query(
      `SELECT name, setting FROM pg_settings
        WHERE name IN ('idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout', 'tcp_keepalives_idle')`,
    );
    const set = Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)]));
    expect(set).toMatchObject({
      idle_in_transaction_session_timeout: 8000,
      lock_timeout: 25_000,
      statement_timeout: 30_000,
    });
    // Over a socket of the file system there is nothing to keep alive.
    expect([0, 10]).toContain(set['tcp_keepalives_idle']);
  });

  it('appends progress in one round trip, by itself', async () => {
    const log: string[] = [];
    const listening = await new DataSource({
      ...dataSourceOptions(urlOf(database.address), 1, [ProgressEventEntity]),
      logging: ['query'],
      logger: new (class {
        logQuery(text: string) {
          log.push(text);
        }
        logQueryError() {}
        logQuerySlow() {}
        logSchemaBuild() {}
        logMigration() {}
        log() {}
      })(),
    }).initialize();
    log.length = 0;
    await new ProgressLog(listening.getRepository(ProgressEventEntity)).append(SUBJECT, { final: false });
    expect(log).toEqual(['SELECT append_progress($1, $2, $3)']);
    await listening.destroy();
    expect(await query(database.address, 'SELECT FROM progress_events')).not.toEqual([]);
  });
});
