import type { Finding } from '../../contract/generated/types.gen.js';
import type { LeftOutSummary, NamedTable } from '../../engine/capture/left-out-summary.js';
import { nameSome } from '../../engine/name-some.js';

/** So many patterns or tables in a sentence. */
const NAMED = 5;

/** What becomes of what the snapshot has left out, in a sentence. Pure. */
export function keptStory({ rules, rowsOf, rowsOfCount, unreadableCount }: LeftOutSummary): string {
  const parts = [
    ...(rowsOfCount > 0 ? [`the rows of ${namesOf(rowsOf, rowsOfCount)}`] : []),
    ...(rules.paths.length > 0 ? [`the files below ${nameSome(rules.paths, { most: NAMED })}`] : []),
    ...(unreadableCount > 0 ? [`${unreadableCount} paths that could not be read`] : []),
  ];
  if (parts.length === 0)
    return 'Nothing of what is live has to stay: the snapshot has left out nothing that it could.';
  return `Copy what the snapshot has left out as it is live by then: ${parts.join('; ')}.`;
}

/** Pure. */
export function leftOutWarnings(leftOut: LeftOutSummary | null): Finding[] {
  if (leftOut === null || leftOut.tableCount === 0) return [];
  const message = `The snapshot has no tables ${namesOf(leftOut.tables, leftOut.tableCount)}: they will not be there, until the rollback is undone.`;
  return [{ code: 'tables-left-out', message }];
}

export function namesOf(tables: readonly NamedTable[], count: number): string {
  return nameSome(
    tables.map(({ schema, name }) => `${schema}.${name}`),
    { most: NAMED, count },
  );
}
