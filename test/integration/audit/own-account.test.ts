import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Announcements } from '../../../src/announcements/announcements.js';
import { Configuration } from '../../../src/config/configuration.js';
import type { JobQueue } from '../../../src/jobs/job-queue.js';
import type { KeeperItemEntity } from '../../../src/keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../../../src/keeper/upkeep-registry.js';
import type { ProgressLog } from '../../../src/progress/progress-log.js';
import { onOwnAccount } from '../../../src/request-context/request-context.js';
import { RollbackLifecycle } from '../../../src/rollbacks/rollback-lifecycle.js';
import { CollectionUpkeep } from '../../../src/snapshots/deletion/collection-upkeep.js';
import { SnapshotLifecycle } from '../../../src/snapshots/snapshot-lifecycle.js';
import { StandbyEntity } from '../../../src/snapshots/standby/standby.entity.js';
import { Standbys } from '../../../src/snapshots/standby/standbys.js';
import type { CollectReport, Vault } from '../../../src/vault/vault.js';
import { startRegistry } from '../registry-fixture.js';
import type { Registry } from '../registry-fixture.js';
import { addEnvironment, addSnapshot } from '../retention-fixture.js';

let registry: Registry;
let rollbacks: RollbackLifecycle;
let snapshots: SnapshotLifecycle;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  const { dataSource, reader, items } = registry;
  const queue = { enqueue: () => Promise.resolve() } as unknown as JobQueue;
  const progress = { append: () => Promise.resolve(), percentOf: () => Promise.resolve(0) } as unknown as ProgressLog;
  const standbys = new Standbys(dataSource.getRepository(StandbyEntity));
  const announcements = new Announcements([]);
  rollbacks = new RollbackLifecycle(dataSource, reader, queue, progress, standbys, announcements);
  snapshots = new SnapshotLifecycle(dataSource, queue, items, progress, announcements, registry.quotas);
});

afterAll(() => registry.close());

interface Entry {
  organization: string;
  actor: string;
  actorKind: string;
  operation: string;
  environmentId: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** What the service itself has done to it, oldest first; whoever sets up a test is `system:service`. */
function toldOf(subjectId: string): Promise<Entry[]> {
  return registry.dataSource.query<Entry[]>(
    `SELECT organization, actor, actor_kind AS "actorKind", operation, environment_id AS "environmentId", before, after
       FROM audit_entries WHERE subject_id = $1 AND actor_kind = 'system' AND actor <> 'system:service' ORDER BY sequence`,
    [subjectId],
  );
}

describe('what the keeper makes of a rollback that has lost its worker', () => {
  async function lost() {
    const { caller, environment } = await addEnvironment(registry);
    const snapshotId = await addSnapshot(registry, environment, 1);
    const deploymentId = randomUUID();
    const { id: sourceEnvironmentId } = environment;
    const order = { deploymentId, sourceEnvironmentId, snapshotId, createSafetySnapshot: false, requestedBy: 'ann' };
    await registry.dataSource.transaction((manager) => rollbacks.order(manager, environment, order));
    await rollbacks.take(deploymentId);
    const recover = (work: (log: NonNullable<Awaited<ReturnType<typeof rollbacks.takeOver>>>) => Promise<void>) =>
      onOwnAccount('rollback-recovery', async () => work((await rollbacks.takeOver(deploymentId))!));
    const own = { organization: caller.organization, actor: 'system:rollback-recovery', actorKind: 'system' };
    return { deploymentId, recover, own: { ...own, operation: 'rollback.recover', environmentId: environment.id } };
  }
  const failure = { code: 'worker-lost', message: 'Its worker was lost.' };

  it('is in the audit when another one begins again', async () => {
    const { deploymentId, recover, own } = await lost();
    await recover((log) => rollbacks.beginAgain(log));
    expect(await toldOf(deploymentId)).toEqual([
      { ...own, before: { status: 'running' }, after: { status: 'queued', lostWorkers: 1 } },
    ]);
  });

  it('is in the audit when nobody tries again, or all is as it was before', async () => {
    for (const end of ['failed', 'reverted'] as const) {
      const { deploymentId, recover, own } = await lost();
      await recover((log) =>
        end === 'failed' ? rollbacks.fail(log, failure, {}) : rollbacks.revert(log, failure, {}),
      );
      expect(await toldOf(deploymentId)).toEqual([
        { ...own, before: { status: 'running' }, after: { status: end, failure } },
      ]);
    }
  });

  it('is in the audit when the swap was finished, and when a person has to see to it', async () => {
    for (const end of ['completed', 'failed'] as const) {
      const { deploymentId, recover, own } = await lost();
      const incomplete = { code: 'cutover-incomplete', message: 'A person has to look.' };
      await recover(async (log) => {
        await rollbacks.beginStep(log, 'recovery');
        const kept = { keptDatabase: null, keptDirectory: null, undoMinutes: null };
        await (end === 'completed' ? rollbacks.complete(log, [], kept) : rollbacks.fail(log, incomplete, {}));
      });
      const after = end === 'completed' ? { status: end } : { status: end, failure: incomplete };
      expect(await toldOf(deploymentId)).toEqual([{ ...own, before: { status: 'running' }, after }]);
    }
  });

  it('is not what its own worker does', async () => {
    const { deploymentId } = await lost();
    const log = await registry.dataSource.transaction(async () => rollbacks.takeOver(deploymentId));
    await onOwnAccount('rollback.run', () =>
      rollbacks.fail(log!, { code: 'vault-unavailable', message: 'It is not there.' }, {}),
    );
    expect(await toldOf(deploymentId)).toEqual([]);
  });
});

describe('a capture', () => {
  async function running() {
    const { environment } = await addEnvironment(registry);
    const order = { trigger: 'manual', requestedBy: 'ann' } as const;
    const kind = { type: 'full', baseSnapshotId: null, stateId: null } as const;
    return registry.dataSource.transaction(async (manager) => {
      const { id } = await snapshots.order(manager, environment, order);
      return (await snapshots.take(manager, id, kind))!;
    });
  }
  const failure = { code: 'worker-lost', message: 'Its worker died.' };

  it('that is ended by somebody else than its worker is in the audit', async () => {
    const { id, environmentId } = await running();
    await onOwnAccount('snapshot.capture', () => snapshots.fail(id, null, failure));
    expect(await toldOf(id)).toMatchObject([
      {
        ...{ actor: 'system:snapshot.capture', operation: 'snapshot.fail', environmentId },
        after: { status: 'failed', failure },
      },
    ]);
  });

  it('that fails by itself is not', async () => {
    const { id, attempt } = await running();
    await onOwnAccount('snapshot.capture', () => snapshots.fail(id, attempt, failure));
    expect(await toldOf(id)).toEqual([]);
  });
});

describe('a collection', () => {
  async function collect(report: Partial<CollectReport>) {
    const { caller, environment } = await addEnvironment(registry);
    const { projectId } = environment;
    const nothing = { manifests: 1, thorough: false, waitingPacks: 0, removedObjects: 0, removedBytes: 0 };
    const vault = { collect: () => Promise.resolve({ ...nothing, ...report }) } as unknown as Vault;
    const { dataSource } = registry;
    const upkeep = new CollectionUpkeep(new Configuration(), new UpkeepRegistry(), dataSource, vault);
    const item = { subject: projectId, organization: caller.organization } as KeeperItemEntity;
    await onOwnAccount('collection', () => upkeep.tend(item, new AbortController().signal));
    return { projectId, organization: caller.organization };
  }

  it('is in the audit, with what it freed', async () => {
    const { projectId, organization } = await collect({ removedObjects: 3, removedBytes: 4096 });
    expect(await toldOf(projectId)).toMatchObject([
      {
        ...{ organization, actor: 'system:collection', operation: 'vault.collect', before: null },
        after: { removedObjects: 3, removedBytes: 4096 },
      },
    ]);
  });

  it('is not in it when it freed nothing', async () => {
    const { projectId } = await collect({});
    expect(await toldOf(projectId)).toEqual([]);
  });
});
