import { type Difference, inWords, withoutNamed, withoutShared } from './compare.js';
import type { Control } from './control.js';
import type { Role } from './role.js';

export const STEPS = ['snapshot', 'verification', 'rollback', 'differential', 'elsewhere'] as const;
export type Step = (typeof STEPS)[number];

/**
 * `same`: nothing differs. `warned`: something does or it failed, and a warning named it or it was said beforehand.
 * `differs`, `failed`: otherwise. `untried`: what it needs had failed.
 */
export type Outcome = 'same' | 'warned' | 'differs' | 'failed' | 'untried';

export interface StepResult {
  outcome: Outcome;
  /** What `pg_dump` and `pg_restore` leave as well: no fault of ours. */
  shared: boolean;
  /** What differs, or why it failed, in words. */
  reasons: string[];
  seconds: number;
}

export interface DatabaseResult {
  database: string;
  about: string;
  role: Role;
  /** Why nothing could be tried here. */
  missing?: string;
  /** What ended it before its time: an error of the corpus itself. */
  error?: string;
  steps: Partial<Record<Step, StepResult>>;
  control?: Control;
  /** How long each part took and what else there is to say. */
  notes: string[];
}

type Judged = Omit<StepResult, 'seconds'>;

/** How strictly a difference of the control counts as the same one; `subject` when the state has changed since the control ran. */
export type Sharing = 'exact' | 'subject';

export function judgeDifferences(
  found: readonly Difference[],
  control: Control,
  warnings: readonly string[],
  sharing: Sharing = 'exact',
): Judged {
  if (found.length === 0) return { outcome: 'same', shared: false, reasons: [] };
  const silent = withoutNamed(found, warnings);
  if (silent.length === 0) return { outcome: 'warned', shared: false, reasons: found.map(inWords) };
  const own = withoutShared(silent, sharing === 'exact' ? control.differences : alike(silent, control.differences));
  if (own.length > 0) return { outcome: 'differs', shared: false, reasons: own.map(inWords) };
  return { outcome: 'differs', shared: true, reasons: silent.map(inWords) };
}

function alike(found: readonly Difference[], control: readonly Difference[]): Difference[] {
  const subjects = new Set(control.map(({ subject }) => subject));
  return found.filter(({ subject }) => subjects.has(subject));
}

/** The control has failed as well only where nothing came of it: one error among many entries is no reason to end. */
export function judgeFailure(reason: string, control: Control, told: readonly string[]): Judged {
  if (told.length > 0)
    return { outcome: 'warned', shared: false, reasons: [`said beforehand (${told.join(', ')}): ${reason}`] };
  return { outcome: 'failed', shared: control.nothing, reasons: [reason] };
}

export function isFault({ outcome, shared }: StepResult): boolean {
  return (outcome === 'differs' || outcome === 'failed') && !shared;
}

export function faultsOf(result: DatabaseResult): string[] {
  if (result.error !== undefined) return [`${result.database}, ${result.role}: ${result.error}`];
  return STEPS.flatMap((step) => {
    const found = result.steps[step];
    return found !== undefined && isFault(found) ? [`${result.database}, ${result.role}, ${step}`] : [];
  });
}
