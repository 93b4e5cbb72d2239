import type {
  AuditOutcome,
  EnvironmentProtection,
  ExportPhase,
  ExportStatus,
  ItemRestorePhase,
  ItemRestoreStatus,
  OperationKind,
  OperationState,
  ProtectionDayState,
  ProtectionStandby,
  RestorabilityState,
  RollbackPhase,
  RollbackStatus,
  SnapshotPhase,
  RollbackStepName,
  SnapshotStatus,
  SnapshotTrigger,
  VerificationOutcome,
  VerificationPhase,
  WebhookDeliveryStatus,
  WebhookState,
} from '../../sdk/typescript/index.js';
import type { Tone } from './tone.js';

/** Each state as a word and the meaning of its colour; the words are those of the contract. */
export interface Word {
  text: string;
  tone: Tone;
}

export const SNAPSHOT_STATUS: Record<SnapshotStatus, Word> = {
  queued: { text: 'queued', tone: 'info' },
  running: { text: 'running', tone: 'info' },
  completed: { text: 'completed', tone: 'good' },
  failed: { text: 'failed', tone: 'bad' },
  cancelled: { text: 'cancelled', tone: 'plain' },
  deleting: { text: 'deleting', tone: 'plain' },
};

export const RESTORABILITY: Record<RestorabilityState, Word & { about: string }> = {
  proven: { text: 'proven', tone: 'good', about: 'It was restored and compared, and was what was captured.' },
  expected: { text: 'expected', tone: 'plain', about: 'Nothing speaks against restoring it; nobody has tried yet.' },
  doubtful: { text: 'doubtful', tone: 'warn', about: 'Something speaks against restoring it; see its findings.' },
  refuted: {
    text: 'refuted',
    tone: 'bad',
    about: 'A verification or a check of the vault found that it does not come back.',
  },
};

export const ROLLBACK_STATUS: Record<RollbackStatus, Word> = {
  queued: { text: 'queued', tone: 'info' },
  running: { text: 'running', tone: 'info' },
  completed: { text: 'completed', tone: 'good' },
  failed: { text: 'failed', tone: 'bad' },
  reverted: { text: 'reverted', tone: 'warn' },
  cancelled: { text: 'cancelled', tone: 'plain' },
};

/** Of what was taken out of a snapshot. */
export const ITEM_RESTORE_STATUS: Record<ItemRestoreStatus, Word> = {
  queued: { text: 'queued', tone: 'info' },
  running: { text: 'running', tone: 'info' },
  completed: { text: 'completed', tone: 'good' },
  failed: { text: 'failed', tone: 'bad' },
  undoing: { text: 'undoing', tone: 'info' },
  undone: { text: 'undone', tone: 'plain' },
};

/** Of a snapshot as a file. */
export const EXPORT_STATUS: Record<ExportStatus, Word> = {
  queued: { text: 'queued', tone: 'info' },
  running: { text: 'running', tone: 'info' },
  completed: { text: 'completed', tone: 'good' },
  failed: { text: 'failed', tone: 'bad' },
  removed: { text: 'removed', tone: 'plain' },
};

export const OPERATION_STATE: Record<OperationState, Word> = {
  queued: { text: 'queued', tone: 'info' },
  running: { text: 'running', tone: 'info' },
  waiting: { text: 'waiting', tone: 'warn' },
  attention: { text: 'needs attention', tone: 'bad' },
};

export const PROTECTION: Record<EnvironmentProtection['state'], Word & { about: string }> = {
  unprotected: { text: 'not protected', tone: 'bad', about: 'It has a schedule, and no snapshot to go back to.' },
  late: {
    text: 'overdue',
    tone: 'warn',
    about: 'The newest snapshot is older than twice the longest time between two runs.',
  },
  paused: { text: 'paused', tone: 'warn', about: 'Its schedule is paused: nothing is taken by itself.' },
  unscheduled: { text: 'no schedule', tone: 'plain', about: 'Nothing is taken by itself, and nothing is expected.' },
  protected: { text: 'protected', tone: 'good', about: 'The newest snapshot is as new as its schedule says.' },
};

export const TRIGGER: Record<SnapshotTrigger, string> = {
  manual: 'manual',
  pre_deploy: 'before a deployment',
  scheduled: 'scheduled',
  safety: 'safety',
};

/** What came out of a verification. */
export const VERIFICATION_OUTCOME: Record<VerificationOutcome, Word & { about: string }> = {
  equal: { text: 'equal', tone: 'good', about: 'It was restored, and every row and file is what was captured.' },
  different: { text: 'different', tone: 'bad', about: 'It was restored, and something is not what was captured.' },
  damaged: { text: 'damaged', tone: 'bad', about: 'The vault cannot give it back.' },
  failed: { text: 'failed', tone: 'bad', about: 'The server refused what the snapshot holds.' },
  inconclusive: { text: 'inconclusive', tone: 'warn', about: 'Something else was in the way; try again.' },
};

/** The parts of long work, in the order in which they come. */
export const SNAPSHOT_PHASE: Record<SnapshotPhase, string> = {
  prepare: 'Prepare',
  database: 'Database',
  filestore: 'Filestore',
  publish: 'Publish',
};

export const VERIFICATION_PHASE: Record<VerificationPhase, string> = {
  prepare: 'Prepare',
  'stage-database': 'Restore the database',
  'stage-filestore': 'Restore the filestore',
  verify: 'Compare',
};

export const ROLLBACK_STEP: Record<RollbackStepName, string> = {
  prepare: 'Prepare',
  'stage-database': 'Stage the database',
  'stage-filestore': 'Stage the filestore',
  verify: 'Verify',
  'keep-live': 'Keep what is live',
  cutover: 'Cutover',
  recovery: 'Recovery',
  cleanup: 'Clean up',
  safety: 'Safety snapshot',
};

export const ROLLBACK_PHASE: Record<RollbackPhase, string> = ROLLBACK_STEP;

export const ITEM_RESTORE_PHASE: Record<ItemRestorePhase, string> = {
  prepare: 'Prepare',
  'stage-filestore': 'Read the files',
  'stage-database': 'Restore the tables',
  cutover: 'Put into place',
};

export const EXPORT_PHASE: Record<ExportPhase, string> = {
  prepare: 'Prepare',
  'stage-database': 'Rebuild the database',
  database: 'Dump it',
  'stage-filestore': 'Write the archive',
};

export const OPERATION_KIND: Record<OperationKind, { text: string; about: string }> = {
  snapshot: { text: 'Snapshot', about: 'It is being taken, or waits for its turn.' },
  verification: { text: 'Verification', about: 'A snapshot is restored beside its environment and compared.' },
  rollback: { text: 'Rollback', about: 'An environment becomes what a snapshot holds.' },
  'item-restore': { text: 'Restore of items', about: 'Files or tables are taken out of a snapshot, or back.' },
  export: { text: 'Export', about: 'A snapshot is written as one file.' },
  'rollback-recovery': { text: 'Rollback recovery', about: 'A rollback whose worker was lost in the swap.' },
  'snapshot-deletion': {
    text: 'Snapshot deletion',
    about: 'The rest of a deleted snapshot is removed from the vault.',
  },
  collection: { text: 'Collection', about: 'Content that no snapshot needs any more is removed from the vault.' },
  'kept-state': { text: 'Kept state', about: 'A previous state whose time for an undo is over is removed.' },
  'left-over': { text: 'Left-over', about: 'What could not be removed beside a live state.' },
  'safety-snapshot': {
    text: 'Safety snapshot',
    about: 'One of a state that a rollback has swapped out, after another one failed.',
  },
  standby: { text: 'Standby', about: 'One that is to be built, or removed.' },
  retention: { text: 'Retention', about: 'Snapshots that have had their time are deleted.' },
  schedule: { text: 'Schedule', about: "The runs of an environment's schedule." },
  replication: { text: 'Replication', about: 'Snapshots that are not in the replica yet, or have to go from it.' },
  'webhook-delivery': { text: 'Webhook delivery', about: 'A receiver does not take what it is sent.' },
};

/** What became of the snapshots of one day. */
export const DAY: Record<ProtectionDayState, Word> = {
  proven: { text: 'proven', tone: 'good' },
  taken: { text: 'taken', tone: 'good' },
  failed: { text: 'failed', tone: 'bad' },
  nothing: { text: 'nothing', tone: 'plain' },
};

export const STANDBY: Record<ProtectionStandby['state'], Word & { about: string }> = {
  ready: {
    text: 'ready',
    tone: 'good',
    about: 'A snapshot stands ready beside the live state: a rollback to it is the swap.',
  },
  building: { text: 'building', tone: 'info', about: 'It is being restored and compared.' },
  none: { text: 'not there', tone: 'warn', about: 'The settings ask for one, and there is none, or not yet.' },
  off: { text: 'off', tone: 'plain', about: 'The settings ask for none: a rollback restores first, and swaps then.' },
};

export const AUDIT_OUTCOME: Record<AuditOutcome, Word> = {
  done: { text: 'done', tone: 'plain' },
  refused: { text: 'refused', tone: 'warn' },
};

export const WEBHOOK_STATE: Record<WebhookState, Word & { about: string }> = {
  active: { text: 'active', tone: 'good', about: 'What was sent last arrived, or nothing was sent yet.' },
  failing: { text: 'failing', tone: 'bad', about: 'What was sent last did not arrive, and is tried again.' },
  disabled: { text: 'disabled', tone: 'plain', about: 'It is told nothing.' },
};

export const DELIVERY_STATUS: Record<WebhookDeliveryStatus, Word & { about: string }> = {
  pending: { text: 'pending', tone: 'info', about: 'It is to be sent, or tried again.' },
  delivered: { text: 'delivered', tone: 'good', about: 'The receiver answered with 2xx.' },
  exhausted: { text: 'exhausted', tone: 'bad', about: 'It was tried for three days, and is not any more.' },
  skipped: { text: 'skipped', tone: 'plain', about: 'The webhook was disabled before it was sent.' },
};
