import { SnapbackError } from '../../../sdk/typescript/index.js';
import type { Snapshot, SnapshotComparison } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { newestCompleted } from '../../names/find-snapshot.js';
import { properties } from '../../output/table.js';
import type { Property } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import { bytes, known, relativeTime } from '../../output/words.js';
import { isDifferent, toldCounts } from '../snapshots/comparison-told.js';
import type { ChangeWords } from '../snapshots/comparison-told.js';
import type { Planned } from './planned-rollback.js';

/** The plan is not held up by it for longer. */
const PATIENCE = { attempts: 1, timeoutMs: 10_000 };

const WORDS: ChangeWords = [
  ['removedCount', 'lost'],
  ['addedCount', 'brought back'],
  ['changedCount', 'replaced'],
];

const SAME = 'stay the same';

/** From the state that is changed, as it was captured last, to the one it becomes. */
export interface Loss {
  /** The newest snapshot of the environment that is changed. */
  newest: Snapshot;
  comparison: SnapshotComparison;
}

/**
 * What a rollback would take away and bring back. Undefined where nothing says it: no other snapshot, one of a state that was swapped out since, one that is
 * damaged, a service that compares none.
 */
export async function whatIsLost(
  run: Invocation,
  { environment, target, snapshot }: Planned,
): Promise<Loss | undefined> {
  if (target.projectId !== environment.projectId) return undefined;
  const { snapshots, contents } = (await run.session()).snapback;
  try {
    const newest = await newestCompleted(snapshots, target);
    if (newest === undefined || newest.id === snapshot.id) return undefined;
    const taken = Date.parse(takenAt(newest));
    if (target.keptStates?.some(({ swappedOutAt }) => Date.parse(swappedOutAt) > taken)) return undefined;
    return { newest, comparison: await contents.compare(target.id, newest.id, { with: snapshot.id }, PATIENCE) };
  } catch (error) {
    if (error instanceof SnapbackError) return undefined;
    throw error;
  }
}

/** A few lines for people, of what the rollback replaces. */
export function toldLoss({ newest, comparison }: Loss, { target, plan }: Planned, now: number): string[] {
  const { definitions, tables, files } = comparison;
  const ofDatabase = plan.database === null ? [] : [definitions, tables];
  const ofFiles = plan.filestore === null ? [] : [files];
  const compared = `compared with the snapshot ${newest.id.slice(0, 8)} of ${takenAt(newest)} (${relativeTime(takenAt(newest), now)})`;
  const facts: Property[] = [
    ...(ofDatabase.length === 0
      ? []
      : ([
          ['  definitions', toldCounts(definitions, WORDS, SAME)],
          ['  tables', toldCounts(tables, WORDS, SAME)],
        ] as const)),
    ...(ofFiles.length === 0 ? [] : ([['  files', filesOf(files)]] as const)),
  ];
  if (facts.every(([, told]) => told === undefined)) return [];
  if (![...ofDatabase, ...ofFiles].some(isDifferent)) return ['', `Nothing is lost, ${compared}.`];
  return ['', `What ${visible(target.name)} loses and gets back, ${compared}:`, properties(facts)];
}

function filesOf(files: SnapshotComparison['files']): string | undefined {
  const lost = known(files?.removedBytes || null, (size) => `; ${bytes(size)} of content lost`) ?? '';
  return known(toldCounts(files, WORDS, SAME), (told) => `${told}${lost}`);
}

function takenAt({ startedAt, createdAt }: Snapshot): string {
  return startedAt ?? createdAt;
}
