import type { Operation } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import type { Permission } from '../session/use-access.js';
import type { Equivalent } from '../ui/equivalents.js';

/** What a person can do about an operation that needs one. */
export interface Remedy {
  label: string;
  question: string;
  /** What it does, said before it is done. */
  about: string;
  /** Said when it is done. */
  done: string;
  permission: Permission;
  /** It deletes something, or leaves something to the person. */
  isGrave: boolean;
  run: (operationId: string) => Promise<unknown>;
  equivalent: (operationId: string) => Equivalent;
}

const RETRY: Remedy = {
  label: 'Retry',
  question: 'Try it now?',
  about: 'It is tried now, and not when its time has come. If that is in vain again, it waits as before.',
  done: 'It is tried now.',
  permission: 'environments:write',
  isGrave: false,
  run: (id) => snapback.operations.retry(id),
  equivalent: (id) => ({
    command: `snapback operations retry ${id}`,
    method: 'POST',
    path: `/operations/${id}/retry`,
  }),
};

const CONFIRM: Remedy = {
  label: 'Confirm',
  question: 'Let retention go on?',
  about: 'It deletes as many snapshots as the reason says, and no more. What is deleted does not come back.',
  done: 'Retention goes on.',
  permission: 'snapshots:write',
  isGrave: true,
  run: (id) => snapback.operations.confirm(id),
  equivalent: (id) => ({
    command: `snapback operations confirm ${id}`,
    method: 'POST',
    path: `/operations/${id}/confirm`,
  }),
};

const GIVE_UP: Remedy = {
  label: 'Give up',
  question: 'Give it up?',
  about: 'It is not tried any more. What the reason names is left where it is, and is yours to look after.',
  done: 'It is not tried any more.',
  permission: 'environments:write',
  isGrave: true,
  run: (id) => snapback.operations.giveUp(id),
  equivalent: (id) => ({
    command: `snapback operations give-up ${id}`,
    method: 'POST',
    path: `/operations/${id}/give-up`,
  }),
};

/** They were asked for by somebody, who asks again. */
const ASKED_FOR: readonly Operation['kind'][] = ['snapshot', 'verification', 'rollback'];
const LEFT_TO_A_PERSON: readonly Operation['kind'][] = ['kept-state', 'left-over', 'safety-snapshot'];

/** What the service would do, in the order in which one thinks of it; it decides. */
export function remediesOf({ kind, reason }: Pick<Operation, 'kind' | 'reason'>): readonly Remedy[] {
  if (ASKED_FOR.includes(kind)) return [];
  return [
    ...(kind === 'retention' && reason?.code === 'retention-stopped' ? [CONFIRM] : []),
    RETRY,
    ...(LEFT_TO_A_PERSON.includes(kind) && reason !== null ? [GIVE_UP] : []),
  ];
}
