import type { Environment, RollbackPlan, Snapshot } from '../../../sdk/typescript/index.js';
import { duration, relative } from '../../ui/amounts.js';
import { isolated } from '../../ui/isolated.js';
import { snapshotName, snapshotOf } from '../choice/snapshot-name.js';
import { takenAt } from '../choice/taken-by.js';

export interface Planned {
  projectName: string;
  source: Environment;
  target: Environment;
  snapshot: Snapshot;
  plan: RollbackPlan;
  /** How long the target keeps what was swapped out; undefined where the settings may not be read. */
  undoMinutes: number | undefined;
}

export interface PlanAnswer {
  what: string;
  /** What becomes of the state that is there now. */
  afterwards: string;
}

/** What happens if somebody presses the button, in two sentences. Pure. */
export function planAnswer(planned: Planned, now: number): PlanAnswer {
  const { target, snapshot, plan } = planned;
  const place = placeName(planned, target);
  if (!plan.allowed)
    return {
      what: `${place} cannot be rolled back to ${snapshotOf(snapshot, now)} as things are: nothing would be touched.`,
      afterwards: 'What is in the way, and what to do about it, stands below.',
    };
  const takes = `about ${roughly(plan.expectedDurationSeconds)} of work, under a second of downtime`;
  return { what: `${place} ${becomes(planned, now)}: ${takes}.`, afterwards: afterwardsOf(planned) };
}

function becomes(planned: Planned, now: number): string {
  const { source, target, snapshot } = planned;
  if (target.id === source.id) return `goes back to ${snapshotOf(snapshot, now)}`;
  const age = relative(new Date(takenAt(snapshot)), new Date(now));
  return `becomes what ${placeName(planned, source)} was ${age}, ${snapshotName(snapshot)}`;
}

function placeName({ projectName }: Planned, { name }: Environment): string {
  return isolated(`${projectName}/${name}`);
}

function afterwardsOf({ source, target, plan, undoMinutes }: Planned): string {
  const what = target.id === source.id ? 'What was written since then' : `What ${isolated(target.name)} has now`;
  const kept = keptOf(undoMinutes);
  if (plan.safetySnapshot)
    return kept === undefined
      ? `${what} is swapped out and captured as a safety snapshot.`
      : `${what} is swapped out, ${kept}, and captured as a safety snapshot.`;
  return kept === undefined
    ? `${what} is swapped out and gone: nothing of it is kept.`
    : `${what} is swapped out and ${kept}; after that it is gone.`;
}

/** Undefined: not at all. */
function keptOf(undoMinutes: number | undefined): string | undefined {
  if (undoMinutes === undefined) return 'kept for an undo as long as the settings say';
  return undoMinutes === 0 ? undefined : `kept for ${inWords(undoMinutes)} for an undo`;
}

/** Up to two hours people think of it in minutes. */
export function inWords(minutes: number): string {
  if (minutes === 1) return '1 minute';
  return minutes <= 120 ? `${minutes} minutes` : duration(minutes * 60_000);
}

/** An expectation to the tenth of a second would promise too much. */
export function roughly(seconds: number): string {
  return seconds < 59.5 ? `${Math.max(1, Math.round(seconds))} s` : duration(seconds * 1000);
}
