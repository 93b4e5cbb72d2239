import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { gatherDatabaseFacts } from '../../../../src/engine/postgres/databases/database-facts.js';
import type { ProgressUpdate } from '../../../../src/engine/progress.js';
import { stage } from '../../../../src/engine/restore/staging/stage.js';
import type { StageRequest } from '../../../../src/engine/restore/staging/stage-request.js';
import { query } from '../../../harness/database.js';
import { quietly, RestoreDatabaseFixture } from './restore-fixture.js';
import { openToLook } from '../../../harness/restore-into.js';

let fixture: RestoreDatabaseFixture;

beforeEach(async () => {
  fixture = await RestoreDatabaseFixture.create();
  await query(
    fixture.source.address,
    "CREATE TABLE customer (id int PRIMARY KEY, name text); INSERT INTO customer SELECT n, 'name ' || n FROM generate_series(1, 5000) n",
  );
});
afterEach(async () => fixture.remove());

async function request(
  snapshotId: string,
  overrides: Partial<NonNullable<StageRequest['database']>> = {},
): Promise<StageRequest> {
  const { address } = fixture.source;
  const like = await gatherDatabaseFacts(address);
  const database = { address, like, keepOwnersAndPrivileges: true, ...overrides };
  return { project: fixture.project, snapshotId, attemptId: randomUUID(), database };
}

async function shadows(): Promise<unknown[]> {
  return query(
    inject('postgres'),
    `SELECT datname FROM pg_database WHERE datname LIKE 'snapback%' AND pg_get_userbyid(datdba) = '${fixture.source.address.user}'`,
  );
}

it('rebuilds a snapshot that has its database table by table, and neutralises it after the comparison', async () => {
  const { snapshotId, survey } = await fixture.capture({ blocks: 10 });
  const updates: ProgressUpdate[] = [];
  const progress = { report: (update: ProgressUpdate) => void updates.push(update) };

  const staged = await stage(
    await request(snapshotId, { verification: 'all', neutralizeSql: "UPDATE customer SET name = 'nobody'" }),
    fixture.vault,
    { ...quietly, progress },
  );

  const shadow = await openToLook({ ...fixture.source.address, database: staged.database!.names.shadow });
  expect(await query(shadow, 'SELECT count(*)::int AS n, min(name) AS name, max(name) FROM customer')).toEqual([
    { n: 5000, name: 'nobody', max: 'nobody' },
  ]);
  const last = updates.findLast(({ phase }) => phase === 'stage-database');
  expect(last).toMatchObject({ bytesDone: survey.dataBytes, bytesTotal: survey.dataBytes });
});

it('leaves no database behind when a snapshot contradicts itself', async () => {
  const { snapshotId } = await fixture.capture({
    alter: (entry) => (entry.kind === 'segment' ? [{ ...entry, rows: 4999 }] : [entry]),
  });

  await expect(stage(await request(snapshotId), fixture.vault, quietly)).rejects.toMatchObject({
    code: 'snapshot-damaged',
    message: expect.stringContaining('"public"."customer" has 5000 rows'),
  });

  expect(await shadows()).toEqual([]);
});
