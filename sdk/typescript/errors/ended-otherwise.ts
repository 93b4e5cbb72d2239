import type {
  DeploymentDetails,
  ItemRestore,
  RollbackLog,
  SnapshotDetails,
  SnapshotExport,
} from '../generated/types.gen.js';
import { SnapbackError } from './snapback-error.js';

/** The snapshot that was waited for failed, was cancelled or deleted. */
export class SnapshotNotCompletedError extends SnapbackError {
  override name = 'SnapshotNotCompletedError';

  constructor(readonly snapshot: SnapshotDetails) {
    super(`The snapshot is ${snapshot.status}.${sentence(snapshot.failure?.message)}`);
  }

  /** The stable name of what went wrong, when it failed. */
  override get code(): string | undefined {
    return this.snapshot.failure?.code;
  }
}

/** The rollback that was waited for failed, was cancelled or reverted. */
export class RollbackNotCompletedError extends SnapbackError {
  override name = 'RollbackNotCompletedError';

  constructor(readonly log: RollbackLog) {
    super(`The rollback is ${log.status}.${sentence(log.failure?.message)}`);
  }

  /** The stable name of what went wrong, when it failed. */
  override get code(): string | undefined {
    return this.log.failure?.code;
  }
}

/** Files and tables that were to be taken out of a snapshot were not, or could not be taken back. */
export class ItemRestoreNotCompletedError extends SnapbackError {
  override name = 'ItemRestoreNotCompletedError';

  constructor(readonly itemRestore: ItemRestore) {
    super(
      `${OF_ITEMS[itemRestore.status] ?? `They are ${itemRestore.status}.`}${sentence(itemRestore.finding?.message)}`,
    );
  }

  /** The stable name of what went wrong. */
  override get code(): string | undefined {
    return this.itemRestore.finding?.code;
  }
}

const OF_ITEMS: Partial<Record<ItemRestore['status'], string>> = {
  failed: 'Nothing was taken out of the snapshot.',
  completed: 'What was taken out of the snapshot was not taken back.',
};

/** The export that was waited for has failed, or its file was removed. */
export class ExportNotCompletedError extends SnapbackError {
  override name = 'ExportNotCompletedError';

  constructor(readonly snapshotExport: SnapshotExport) {
    super(`The export is ${snapshotExport.status}.${sentence(snapshotExport.finding?.message)}`);
  }

  /** The stable name of what went wrong, when it failed. */
  override get code(): string | undefined {
    return this.snapshotExport.finding?.code;
  }
}

/** The gate is closed: nothing may be deployed. */
export class GateClosedError extends SnapbackError {
  override name = 'GateClosedError';

  constructor(readonly deployment: DeploymentDetails) {
    super(`The gate is ${deployment.gate ?? 'not there'}.${sentence(deployment.gateReason)}`);
  }

  get reason(): string | null {
    return this.deployment.gateReason;
  }
}

/** The deployment of this key has ended: its snapshot was taken then, and what is there now would be deployed upon without one. */
export class DeploymentEndedError extends SnapbackError {
  override name = 'DeploymentEndedError';

  constructor(readonly deployment: DeploymentDetails) {
    super(`The deployment ${deployment.id} has ended (${deployment.status}); deploying again needs a key of its own.`);
  }
}

function sentence(text: string | null | undefined): string {
  return text === null || text === undefined ? '' : ` ${text}`;
}
