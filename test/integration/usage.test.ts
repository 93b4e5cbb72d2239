import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../src/config/configuration.js';
import { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { UsageDayEntity } from '../../src/usage/usage-day.entity.js';
import { toUsageDayDto } from '../../src/usage/usage.dto.js';
import { UsageLooks } from '../../src/usage/usage-looks.js';
import { migrateCatalogue } from '../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { startRegistry, urlOf } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment } from './retention-fixture.js';

let registry: Registry;
let looks: UsageLooks;
let projectId: string;
let environmentId: string;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  const pool = new Pool({ connectionString: urlOf(registry.database.address), max: 1 });
  await migrateCatalogue(pool).finally(() => pool.end());
  const configuration = Object.assign(new Configuration(), { USAGE_DAYS: 3 });
  looks = new UsageLooks(configuration, registry.dataSource);
});
afterAll(() => registry.close());
beforeEach(async () => {
  const { environment } = await addEnvironment(registry);
  ({ projectId, id: environmentId } = environment);
});

const ask = (sql: string, ...values: unknown[]) => registry.dataSource.query(sql, values);
const at = (text: string) => new Date(`2026-11-${text}Z`);
const lookEach = async (...times: string[]) => {
  for (const time of times) await looks.look(at(time));
};
const store = (bytes: number) =>
  ask(
    `INSERT INTO vault.packs (project, id, bytes, chunk_bytes, key_id, state)
     VALUES ($1, sha256($2::text::bytea), $3, $3, 'key', 'live')`,
    ...[projectId, randomUUID(), bytes],
  );
const days = async () => {
  const rows: UsageDayEntity[] = await ask(
    `SELECT project_id AS "projectId", day::text, project_name AS "projectName", looks, logical_sum AS "logicalSum",
            stored_sum AS "storedSum", added_bytes::int AS "addedBytes", snapshots FROM usage_days WHERE project_id = $1 ORDER BY day`,
    projectId,
  );
  return rows.map(toUsageDayDto);
};

describe('usage', () => {
  it('is the mean of one look an hour, so that what is deleted before midnight has been there', async () => {
    await store(1000);
    await lookEach('20T00:00:01', '20T00:30:00', '20T00:59:59', '20T01:00:00', '20T02:10:00');
    await ask('DELETE FROM vault.packs WHERE project = $1', projectId);
    await lookEach('20T23:00:00', '21T00:00:00');
    expect(await days()).toMatchObject([
      { day: '2026-11-20', storedBytes: 750, lookCount: 4 },
      { day: '2026-11-21', storedBytes: 0, lookCount: 1 },
    ]);
  });

  it('counts what two processes look at in one hour once', async () => {
    await store(1000);
    await Promise.all(Array.from({ length: 5 }, () => looks.look(at('20T07:00:00'))));
    expect(await days()).toMatchObject([{ storedBytes: 1000, lookCount: 1 }]);
  });

  it('has what completed snapshots hold, and what they added on the day of their end, also of those deleted since', async () => {
    const complete = async (finishedAt: string, storedBytes: number) => {
      const row = {
        id: randomUUID(),
        environmentId,
        projectId,
        trigger: 'manual' as const,
        status: 'completed' as const,
      };
      const snapshot = { ...row, requestedBy: 'somebody', databaseBytes: 70, filestoreBytes: 30, storedBytes };
      await registry.dataSource.transaction(async (manager) => {
        await manager.insert(SnapshotEntity, { ...snapshot, finishedAt: at(finishedAt) });
        const made = await manager.findOneByOrFail(SnapshotEntity, { id: row.id });
        await looks.completed(manager, made);
      });
    };
    await complete('20T23:59:59', 40);
    await complete('21T00:00:01', 5);
    await lookEach('21T00:10:00');
    await ask('DELETE FROM snapshots WHERE project_id = $1', projectId);
    await complete('21T05:00:00', 6);
    await lookEach('21T06:00:00');
    expect(await days()).toMatchObject([
      { day: '2026-11-20', addedBytes: 40, snapshotCount: 1, lookCount: 0, logicalBytes: 0 },
      { day: '2026-11-21', addedBytes: 11, snapshotCount: 2, lookCount: 2, logicalBytes: 150 },
    ]);
  });

  it('outlives its project, under the name that it had, and goes when it has had its time', async () => {
    await lookEach('20T00:00:00', '22T00:00:00');
    await ask('DELETE FROM environments WHERE project_id = $1', projectId);
    const [{ name }] = await ask('DELETE FROM projects WHERE id = $1 RETURNING name', projectId).then(([rows]) => rows);
    await lookEach('23T00:00:00');
    expect(await days()).toMatchObject([
      { day: '2026-11-20', projectName: name },
      { day: '2026-11-22', projectName: name },
    ]);
    await looks.expire(at('24T12:00:00'), new AbortController().signal);
    expect(await days()).toMatchObject([{ day: '2026-11-22' }]);
  });
});
