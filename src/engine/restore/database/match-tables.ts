import type { ArchiveEntry } from './archive-entries.js';
import type { SurveyedTable } from './database-survey.js';
import { UNREADABLE } from './listing-decoder.js';

/** What is known about a table of the archive: which one of the manifest it is, that it has no rows, or neither. */
export type TableMatch = { rows: 'some'; table: SurveyedTable } | { rows: 'none' } | { rows: 'unknown' };

/**
 * Finds the manifest's tables among the archive's entries, by id of the entry. The listing separates schema,
 * name and owner with the spaces that may be in each of them, so one line can mean several tables: those are
 * `unknown`, and nothing may be assumed about when their rows are in.
 */
export function matchTables(
  entries: readonly ArchiveEntry[],
  tables: Iterable<SurveyedTable>,
): Map<number, TableMatch> {
  const byLabel = new Map<string, SurveyedTable[]>();
  for (const table of tables) {
    const label = `${oneLine(table.schema)} ${oneLine(table.name)}`;
    byLabel.set(label, [...(byLabel.get(label) ?? []), table]);
  }
  const found = entries
    .filter(({ kind }) => kind === 'table')
    .map((entry) => ({ entry, candidates: candidatesOf(entry.label, byLabel) }));

  const claims = new Map<SurveyedTable, number>();
  for (const { candidates } of found) for (const table of candidates) claims.set(table, (claims.get(table) ?? 0) + 1);
  return new Map(
    found.map(({ entry, candidates }) => [entry.id, decide(entry, candidates, (table) => claims.get(table) === 1)]),
  );
}

function decide(
  entry: ArchiveEntry,
  candidates: SurveyedTable[],
  isUnclaimed: (table: SurveyedTable) => boolean,
): TableMatch {
  // Some encodings cannot be decoded here; what cannot be read cannot be told to have no rows.
  if (entry.label.includes(UNREADABLE)) return { rows: 'unknown' };
  const [table] = candidates;
  if (!table) return { rows: 'none' };
  if (candidates.length > 1 || !isUnclaimed(table)) return { rows: 'unknown' };
  return table.segments === 0 ? { rows: 'none' } : { rows: 'some', table };
}

function candidatesOf(label: string, byLabel: Map<string, SurveyedTable[]>): SurveyedTable[] {
  const candidates: SurveyedTable[] = [];
  for (let end = label.indexOf(' '); end >= 0; end = label.indexOf(' ', end + 1)) {
    candidates.push(...(byLabel.get(label.slice(0, end)) ?? []));
  }
  return candidates;
}

function oneLine(name: string): string {
  return name.replaceAll(/[\r\n]/g, ' ');
}
