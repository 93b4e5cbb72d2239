import type { Operation, OperationKind } from '../../sdk/typescript/index.js';
import type { Permission } from '../session/use-access.js';

export type Act = 'retry' | 'confirm' | 'give-up' | 'cancel';

/** What somebody asked for: it is called off, or asked for again. The rest the service looks after by itself. */
const ASKED_FOR: ReadonlySet<OperationKind> = new Set(['snapshot', 'verification', 'rollback']);
/** It ends by itself, and nothing waits for it. */
const NEVER_CALLED_OFF: ReadonlySet<OperationKind> = new Set(['verification', 'item-restore', 'export']);
const GIVEN_UP: ReadonlySet<OperationKind> = new Set(['kept-state', 'left-over', 'safety-snapshot']);
/** Retention that would delete more than usual, and asks. */
const STOPPED = 'retention-stopped';

/** What a person may do about an operation; what has no sense for it is not offered. The first is what helps most. */
export function actsOn({ kind, state, reason }: Operation): Act[] {
  if (NEVER_CALLED_OFF.has(kind)) return [];
  if (ASKED_FOR.has(kind)) return ['cancel'];
  const asks = kind === 'retention' && reason?.code === STOPPED;
  return [
    ...(asks ? (['confirm'] as const) : []),
    ...(state === 'running' || state === 'queued' ? [] : (['retry'] as const)),
    ...(GIVEN_UP.has(kind) && reason !== null ? (['give-up'] as const) : []),
  ];
}

export function permissionFor(act: Act, { kind }: Operation): Permission {
  if (act === 'cancel') return kind === 'rollback' ? 'rollbacks:write' : 'snapshots:write';
  return act === 'confirm' ? 'snapshots:write' : 'environments:write';
}

/** What an action does, before anybody presses it. */
export function aboutAct(act: Act, { kind }: Operation): string {
  if (act === 'confirm')
    return 'Retention goes on and deletes what it says it would, no more than that. What is deleted cannot be brought back. Pin what should stay, or change the settings, and it asks again.';
  if (act === 'give-up') return `${GIVING_UP[kind] ?? ''} It is not tried any more, and nothing reminds you of it.`;
  if (act === 'cancel')
    return kind === 'rollback'
      ? 'It ends before its cutover, and the environment stays as it is. Once the cutover has begun it cannot be cancelled any more; it may be undone.'
      : 'It ends within seconds, and nothing of it stays in the vault. Where a deployment waits for it, the settings say whether its gate opens without.';
  return `${RETRYING[kind] ?? 'It is tried now, and not when its time has come.'} When it fails again, it waits again.`;
}

const GIVING_UP: Partial<Record<OperationKind, string>> = {
  'kept-state': 'The previous database and directory stay where they are, closed, until you remove them yourself.',
  'left-over': 'What it names stays where it is, until you remove it yourself.',
  'safety-snapshot':
    'No safety snapshot is taken of what the rollback swapped out: once the time for an undo is over, that state is gone.',
};

const RETRYING: Partial<Record<OperationKind, string>> = {
  retention: 'Retention looks again, now: with a pin more or other settings, it may find less to delete.',
  standby: 'The standby is built, or removed, now.',
  'webhook-delivery': 'What the receiver has missed is sent now.',
  'rollback-recovery': 'The interrupted swap is finished or reverted now, as its journal says.',
};
