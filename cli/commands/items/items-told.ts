import { sqlName } from '../../../sdk/typescript/index.js';
import type { ItemRestore, RestoredFile, RestoredTable } from '../../../sdk/typescript/index.js';
import type { Column, Property } from '../../output/table.js';
import { counted, finding, known, relativeTime } from '../../output/words.js';

export const ITEMS_COLUMNS: readonly Column<ItemRestore>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'asked for', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()) },
  { title: 'status', cell: ({ status }) => status },
  { title: 'snapshot', cell: ({ snapshotId }) => snapshotId.slice(0, 8), dropFirst: 3 },
  { title: 'what', cell: whatOf },
  {
    title: 'undo until',
    cell: ({ undoUntil }) => known(undoUntil, (at) => relativeTime(at, Date.now())),
    dropFirst: 1,
  },
  { title: 'by', cell: ({ requestedBy }) => requestedBy, dropFirst: 4 },
];

/** Where each thing is now. */
export function toldItems(restore: ItemRestore): Property[] {
  const { files = [], tables = [] } = restore;
  return [
    ['id', restore.id],
    ['status', restore.status],
    ['finding', known(restore.finding, finding)],
    ['snapshot', restore.snapshotId],
    ['asked for by', restore.requestedBy],
    ['asked for', restore.createdAt],
    ['undo until', restore.undoUntil ?? undefined],
    ...files.map((file): Property => [`  ${file.path}`, toldFile(file)]),
    ...tables.map((table): Property => [`  ${nameOf(table)}`, toldTable(table)]),
  ];
}

/** What to type to see the rows of the first table that is there. */
export function selectOf({ tables = [] }: ItemRestore): string | undefined {
  const there = tables.find(({ restoredAs }) => restoredAs !== null);
  return there?.restoredAs ? `SELECT * FROM ${sqlName(there.restoredAs)};` : undefined;
}

/** `a.txt`, `a.txt and 2 more`. */
export function whatOf({ files = [], tables = [] }: ItemRestore): string {
  const names = [...files.map(({ path }) => path), ...tables.map(nameOf)];
  const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return `${names[0] ?? 'nothing'}${more}`;
}

function nameOf({ schema, name }: RestoredTable): string {
  return `${schema}.${name}`;
}

function toldFile({ restoredAs, keptPrevious }: RestoredFile): string {
  if (restoredAs === null) return 'not there';
  return keptPrevious ? `${restoredAs} (what was there is kept)` : restoredAs;
}

function toldTable({ restoredAs, rowCount, computedColumns }: RestoredTable): string {
  if (restoredAs === null) return 'not there';
  const rows = known(rowCount, (count) => `, ${counted(count, 'row')}`) ?? '';
  const computed = computedColumns ?? [];
  const without = computed.length === 0 ? '' : `, without ${computed.join(', ')}`;
  return `${sqlName(restoredAs)}${rows}${without}`;
}
