import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { Refusals } from '../../../src/audit/refusals.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { runMigrations } from '../../../src/database/run-migrations.js';
import { errors } from '../../../src/errors/catalogue.js';
import { withinRequest } from '../../../src/request-context/request-context.js';
import { createTestDatabase, urlOf } from '../../harness/database.js';
import type { TestDatabase } from '../../harness/database.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 4)).initialize();
  await runMigrations(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

function refuse(refusals: Refusals, subject: string, problem = errors.permissionMissing('snapshots:write')) {
  const request = { requestId: 'one', address: '192.0.2.1', userAgent: null, operation: 'snapshotPin' };
  return withinRequest({ ...request, subject, organization: 'acme' }, () => refusals.note({ problem, params: {} }));
}

const written = (subject: string) =>
  dataSource.query('SELECT organization, after FROM audit_entries WHERE actor = $1 ORDER BY sequence', [
    subject,
  ]) as Promise<{ organization: string; after: object }[]>;

describe('refusals', () => {
  it('are written once, and those after it with how often when the service ends', async () => {
    const refusals = new Refusals(dataSource);
    for (let n = 0; n < 5; n += 1) await refuse(refusals, 'eve');
    expect(await written('eve')).toHaveLength(1);
    await refusals.onApplicationShutdown();
    expect((await written('eve')).map(({ after }) => after)).toEqual([
      expect.not.objectContaining({ times: expect.anything() }),
      expect.objectContaining({ code: 'permission-missing', times: 4 }),
    ]);
  });

  it('that go on are written after 2, 4, 8 and 16 seconds, and every 16 from then on, until there are no more', async () => {
    const refusals = new Refusals(dataSource);
    const began = performance.now();
    const times = async () => (await written('mel')).map(({ after }) => (after as { times?: number }).times);
    const entriesAt: number[] = [];
    for (let second = 0; second <= 64; second += 1) {
      await refuse(refusals, 'mel');
      const before = (await times()).length;
      // A little more each time: what is due after 4 s is.
      await refusals.writeCounted(began + second * 1001 + 500);
      if ((await times()).length > before) entriesAt.push(second);
    }
    expect(entriesAt).toEqual([2, 6, 14, 30, 46, 62]);
    await refusals.writeCounted(began + 79_000);
    const all = (await times()).reduce<number>((sum, each) => sum + (each ?? 1), 0);
    expect(all).toBe(65);
    // Then it is the first again.
    await refusals.writeCounted(began + 100_000);
    await refuse(refusals, 'mel');
    expect((await times()).at(-1)).toBeUndefined();
  });

  it('are counted once while an entry is being written and the service ends', async () => {
    const refusals = new Refusals(dataSource);
    for (let n = 0; n < 4; n += 1) await refuse(refusals, 'joe');
    await Promise.all([refusals.writeCounted(Infinity), refusals.onApplicationShutdown()]);
    expect((await written('joe')).map(({ after }) => (after as { times?: number }).times)).toEqual([undefined, 3]);
  });

  it('of another organization make no chain of its own', async () => {
    await refuse(new Refusals(dataSource), 'mallory', errors.organizationRefused());
    expect(await written('mallory')).toEqual([
      { organization: '', after: expect.objectContaining({ code: 'organization-refused', organization: 'acme' }) },
    ]);
  });

  it('are answered all the same while the database is away, which the log says once, and written when it is back', async () => {
    const said = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const refusals = new Refusals(dataSource);
    const away = vi.spyOn(dataSource, 'transaction').mockRejectedValue(new Error('connect ECONNREFUSED'));
    for (let n = 0; n < 3; n += 1) await refuse(refusals, 'ann');
    await refuse(refusals, 'bob');
    expect(said.mock.calls).toEqual([['A refusal could not be written into the audit: connect ECONNREFUSED']]);
    away.mockRestore();
    said.mockRestore();
    await refusals.onApplicationShutdown();
    expect(await written('ann')).toMatchObject([{ after: { times: 3 } }]);
    expect(await written('bob')).toMatchObject([{ after: { times: 1 } }]);
  });
});
