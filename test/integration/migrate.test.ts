import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { startService } from '../../src/start-service.js';
import { query, urlOf } from '../harness/database.js';
import { LogWatch } from '../harness/log-watch.js';
import { MARK, madeUpSecret } from '../harness/secret-mark.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'src', 'migrate.cli.js');

let setting: ServiceSetting;
beforeAll(async () => {
  setting = await createServiceSetting();
});
afterAll(() => setting.remove());

/** The program with these variables and no others. */
function migrate(env: Record<string, string>): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM], { env: { PATH: process.env['PATH'], ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: `${out}${err}` }),
    );
  });
}

/** Every column and index of the service's own schemas, but of what the queue makes for a kind of job. */
async function structure(): Promise<unknown[]> {
  return query(
    setting.database,
    `SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
      WHERE table_schema IN ('public', 'jobs', 'vault')
     UNION ALL SELECT schemaname, tablename, indexname, indexdef, '', '' FROM pg_indexes
      WHERE schemaname IN ('public', 'jobs', 'vault') ORDER BY 1, 2, 3`,
  );
}

describe('snapback-migrate', () => {
  it('makes all that a start would make, told nothing but the database, whoever else runs it at the same time', async () => {
    const env = { DATABASE_URL: urlOf(setting.database) };
    const done = { code: 0, said: "The service's own database is up to date.\n" };
    expect(await Promise.all([migrate(env), migrate(env)])).toEqual([done, done]);
    const made = await structure();
    expect(made.length).toBeGreaterThan(200);
    const service = await startService(loadConfiguration(setting.env), { log: new LogWatch() });
    await service.stop();
    expect(await structure()).toEqual(made);
  });

  it('changes nothing of a database that a newer version was at, and says so in one sentence', async () => {
    await query(setting.database, "INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTomorrow')");
    const { code, said } = await migrate({ DATABASE_URL: urlOf(setting.database) });
    expect([code, said]).toEqual([1, expect.stringMatching(/^DATABASE_URL: .*FromTomorrow.* \(schema-too-new\)\n$/)]);
    await query(setting.database, "DELETE FROM migrations WHERE name = 'FromTomorrow'");
  });

  it('says what is wrong with where it should go, without the password', async () => {
    const wrong = urlOf({ ...setting.database, password: madeUpSecret() });
    const { code, said } = await migrate({ DATABASE_URL: wrong });
    expect([code, said]).toEqual([1, expect.stringMatching(/^DATABASE_URL: the database cannot be used: .+\.\n$/)]);
    expect(said).not.toContain(MARK);
    expect(await migrate({})).toEqual({ code: 1, said: expect.stringMatching(/^DATABASE_URL is required; .+\n$/) });
  });
});
