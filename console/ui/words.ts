import type {
  EnvironmentProtection,
  OperationState,
  RestorabilityState,
  RollbackStatus,
  RollbackStepName,
  SnapshotStatus,
  SnapshotTrigger,
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

export const ROLLBACK_STEP: Record<RollbackStepName, string> = {
  prepare: 'Prepare',
  'stage-database': 'Stage the database',
  'stage-filestore': 'Stage the filestore',
  verify: 'Verify',
  cutover: 'Cutover',
  recovery: 'Recovery',
  cleanup: 'Clean up',
  safety: 'Safety snapshot',
};
