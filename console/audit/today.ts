import type { AuditEntry } from '../../sdk/typescript/index.js';
import { count } from '../ui/amounts.js';

export interface Today {
  /** The newest of what was done since midnight, at most a page of them. */
  newest: readonly Pick<AuditEntry, 'actor' | 'actorKind'>[];
  done: number;
  refused: number;
  /** Whether there are more than were counted. */
  isLowerBound: boolean;
}

/** What happened today, in a sentence. By how many is said when all of it is there to be looked at. */
export function todayInWords({ newest, done, refused, isLowerBound }: Today): string {
  if (done === 0 && refused === 0) return 'Nothing was changed since midnight, and nothing refused.';
  const changes = done === 0 ? 'No change' : `${isLowerBound ? 'More than ' : ''}${counted(done, 'change')}`;
  const more = [
    ...(done > 0 && newest.length === done ? bySome(newest) : []),
    ...(refused > 0 ? [`${count(refused)} refused`] : []),
  ];
  const [who = '', ...rest] = more[0]?.startsWith('by ') === true ? more : ['', ...more];
  return `${[`${changes}${who === '' ? '' : ` ${who}`} since midnight`, ...rest].join(', ')}.`;
}

/** Programs have tokens as people have: they are not told apart. */
function bySome(newest: Today['newest']): string[] {
  const callers = newest.filter(({ actorKind }) => actorKind !== 'system');
  const own = newest.length - callers.length;
  const who = new Set(callers.map(({ actor }) => actor)).size;
  if (who === 0) return ['by the service itself'];
  const people = `by ${count(who)} ${who === 1 ? 'person or program' : 'people or programs'}`;
  return own === 0 ? [people] : [people, `${count(own)} of them by the service itself`];
}

function counted(amount: number, thing: string): string {
  return `${count(amount)} ${amount === 1 ? thing : `${thing}s`}`;
}
