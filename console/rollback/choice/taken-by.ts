import type { Snapshot } from '../../../sdk/typescript/index.js';

/** Of one that waited for its turn, the content is of when its work began. */
export function takenAt({ startedAt, createdAt }: Pick<Snapshot, 'startedAt' | 'createdAt'>): string {
  return startedAt ?? createdAt;
}

/** What somebody means who names none: a state that was captured on purpose, and of which nobody knows that it does not come back. */
export function isMeant({ status, trigger, restorability }: Snapshot): boolean {
  return status === 'completed' && trigger !== 'safety' && restorability?.state !== 'refuted';
}

export const PAGE_SIZE = 100;

interface SnapshotsPage {
  items: readonly Snapshot[];
  nextCursor: string | null;
}

/**
 * The newest snapshot that is meant and was taken at `time` or before; undefined when there is none. A list may be a hundred pages long: the page
 * is found by halves.
 *
 * @param load a page of {@link PAGE_SIZE} of the environment's snapshots, the newest first; the first page is number 0
 */
export async function newestTakenBy(
  load: (page: number) => Promise<SnapshotsPage>,
  time: number,
): Promise<Snapshot | undefined> {
  const reaches = async (page: number) => {
    const { items, nextCursor } = await load(page);
    const oldest = items.at(-1);
    return nextCursor === null || oldest === undefined || Date.parse(oldest.createdAt) <= time;
  };
  let passed = -1;
  let reaching = 0;
  while (!(await reaches(reaching))) [passed, reaching] = [reaching, reaching * 2 + 1];
  while (reaching - passed > 1) {
    const middle = Math.floor((passed + reaching) / 2);
    if (await reaches(middle)) reaching = middle;
    else passed = middle;
  }
  for (let page = reaching; ; page += 1) {
    const { items, nextCursor } = await load(page);
    const found = items.find((snapshot) => isMeant(snapshot) && Date.parse(takenAt(snapshot)) <= time);
    if (found !== undefined || nextCursor === null) return found;
  }
}
