import { Inject, Injectable } from '@nestjs/common';
import { keepLive } from '../../engine/restore/keeping/keep-live.js';
import type { Staged } from '../../engine/restore/staging/staged.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { VAULT } from '../../vault-access/vault.token.js';
import type { Vault } from '../../vault/vault.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackTask } from '../rollback-task.js';
import { keptLiveStory, keptLiveWarnings } from './kept-live-story.js';

/** The last step before the cutover: what the snapshot has left out stays as it is live in the target. */
@Injectable()
export class LiveKeeping {
  constructor(
    private readonly lifecycle: RollbackLifecycle,
    private readonly connections: EnvironmentConnections,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Nothing live is changed, so that whoever begins again, does so. Rejects as `keepLive` does. */
  async run(
    { log, signal, progress, warnings }: RollbackTask,
    staged: Staged,
    { snapshot, target }: { snapshot: SnapshotEntity; target: EnvironmentEntity },
  ): Promise<void> {
    if (snapshot.leftOut === null) return;
    await this.lifecycle.beginStep(log, 'keep-live');
    progress.report({ phase: 'verify', message: 'Copying what stays as it is live' });
    const { database } = await this.connections.resolve(target);
    const of = { project: snapshot.projectId, snapshotId: snapshot.id, ...(database && { database }) };
    const kept = await keepLive(staged, of, this.vault, { signal, progress });
    warnings.push(...keptLiveWarnings(kept));
    await this.lifecycle.endStep(log, 'completed', keptLiveStory(kept));
  }
}
