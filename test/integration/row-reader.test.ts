import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RowReader } from '../../src/database/row-reader.js';
import { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment, addSnapshot } from './retention-fixture.js';

let registry: Registry;
let environment: EnvironmentEntity;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  ({ environment } = await addEnvironment(registry));
});
afterAll(() => registry.close());

it('gives what TypeORM gives: times, numbers beyond 32 bits, documents, nothing', async () => {
  const { manager } = registry.dataSource;
  const bytes = 9_007_199_254_740_991;
  const id = await addSnapshot(registry, environment, 3, {
    databaseBytes: bytes,
    label: 'Ümläut',
    failure: { code: 'disk-full', message: 'It was full.' },
    startedAt: new Date('2026-11-30T01:02:03.456Z'),
  });
  const reader = new RowReader(SnapshotEntity);
  const found = await reader.first(manager, 'WHERE row.id = $1', [id]);
  expect(found).toBeInstanceOf(SnapshotEntity);
  expect(found).toStrictEqual(await manager.findOneByOrFail(SnapshotEntity, { id }));
  expect(found?.databaseBytes).toBe(bytes);
  const own = await new RowReader(EnvironmentEntity).first(manager, '', []);
  expect(own).toStrictEqual(await manager.findOneByOrFail(EnvironmentEntity, { id: environment.id }));
});

it('reads in the transaction it is given, several in their order, and none', async () => {
  const reader = new RowReader(SnapshotEntity);
  const rest = 'WHERE row.environment_id = $1 ORDER BY row.created_at DESC';
  const before = await reader.all(registry.dataSource.manager, rest, [environment.id]);
  await registry.dataSource.transaction(async (manager) => {
    const label = 'not there yet';
    await manager.insert(SnapshotEntity, {
      ...{ environmentId: environment.id, projectId: environment.projectId, requestedBy: 'somebody', label },
      ...{ trigger: 'manual', status: 'queued', createdAt: new Date('2099-01-01T00:00:00Z') },
    });
    const within = await reader.all(manager, rest, [environment.id]);
    expect(within.map((one) => one.label)).toEqual([label, ...before.map((one) => one.label)]);
    expect(await reader.all(registry.dataSource.manager, rest, [environment.id])).toEqual(before);
  });
  expect(await reader.first(registry.dataSource.manager, 'WHERE row.id = $1', [randomUUID()])).toBeNull();
});
