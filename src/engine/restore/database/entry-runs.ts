import type { EntryMode } from './missing-roles.js';

/** What is restored at once. */
export interface EntryRun {
  mode: EntryMode;
  ids: number[];
}

/** Of entries that become SQL here so many at once: their text is in memory, and a database can have tens of thousands. */
export const MAPPED_AT_ONCE = 1000;

/** What follows one another and is restored in the same way, together; their order stays. */
export function inRuns(ids: readonly number[], modeOf: (id: number) => EntryMode): EntryRun[] {
  const runs: EntryRun[] = [];
  for (const id of ids) {
    const mode = modeOf(id);
    const last = runs.at(-1);
    const isFull = mode === 'mapped' && last?.ids.length === MAPPED_AT_ONCE;
    if (last?.mode === mode && !isFull) last.ids.push(id);
    else runs.push({ mode, ids: [id] });
  }
  return runs;
}
