import type {
  ChangeCounts,
  ComparedChange,
  DefinitionChange,
  FileChange,
  FileChangeCounts,
  Snapshot,
  SnapshotComparison,
  TableChange,
} from '../../../sdk/typescript/index.js';
import type { Paint, Role } from '../../output/colours.js';
import { padded, widthOf } from '../../output/fitted.js';
import type { Property } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import { bytes, known, relativeTime } from '../../output/words.js';

const LETTERS: Readonly<Record<ComparedChange, string>> = { added: 'A', removed: 'D', changed: 'M' };
const ROLES: Readonly<Record<string, Role>> = { '+': 'added', '-': 'removed', '@': 'place' };

/** How changes are called, in the order in which they are told. */
export type ChangeWords = readonly (readonly [keyof ChangeCounts, string])[];

const CHANGES: ChangeWords = [
  ['addedCount', 'added'],
  ['removedCount', 'removed'],
  ['changedCount', 'changed'],
  ['unchangedCount', 'the same'],
];

/** What is not the same in two snapshots, counted. */
export function toldComparison(
  { definitions, tables, files }: SnapshotComparison,
  [from, to]: readonly [Snapshot, Snapshot],
  now: number,
): Property[] {
  return [
    ['from', toldOf(from, now)],
    ['to', toldOf(to, now)],
    ['definitions', definitions === null ? 'cannot be compared: one of the two is too old' : toldCounts(definitions)],
    ['tables', toldCounts(tables)],
    ['files', known(toldCounts(files), (counts) => `${counts}${contentOf(files)}`)],
  ];
}

/** `1 added, 3 the same`; nothing where nothing is known. What there is none of is not told, unless there is none of all. */
export function toldCounts(
  counts: ChangeCounts | null | undefined,
  words = CHANGES,
  none = 'none',
): string | undefined {
  if (counts?.addedCount === undefined) return undefined;
  const told = words.flatMap(([name, word]) =>
    counts[name] > 0 ? [`${counts[name].toLocaleString('en-US')} ${word}`] : [],
  );
  return told.length === 0 ? none : told.join(', ');
}

/** Whether the counts say that something is not the same. What cannot be compared is not known to be the same. */
export function isDifferent(counts: ChangeCounts | null | undefined): boolean {
  return counts === null || counts === undefined || counts.addedCount + counts.removedCount + counts.changedCount > 0;
}

/** An object of the database with its unified diff. */
export function definitionLines({ kind, name, change, diff }: DefinitionChange, paint: Paint): string[] {
  const lines = (diff ?? '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return [
    paint('title', visible(`${letterOf(change)} ${kind} ${name}`)),
    ...lines.map((line) => diffLine(line, paint)),
  ];
}

/** One line for each table, with its rows. */
export function tableLines(changes: readonly TableChange[]): string[] {
  const names = changes.map((change) => visible(tableName(change)));
  const longest = Math.max(0, ...names.map(widthOf));
  return changes.map((change, at) => `${letterOf(change.change)} ${padded(names[at]!, longest)}  ${rowsOf(change)}`);
}

/** As "git status --short" has it, with what has changed of it. */
export function fileLine({ path, change, aspects, before, after }: FileChange): string {
  const directory = (after ?? before)?.kind === 'directory' ? '/' : '';
  const sizes = [before?.sizeBytes, after?.sizeBytes].flatMap((size) => known(size, bytes) ?? []);
  const told = (aspects ?? []).map((aspect) =>
    aspect === 'content' && sizes.length === 2 ? `content: ${sizes.join(' → ')}` : aspect,
  );
  const what = told.length === 0 ? '' : `  (${told.join(', ')})`;
  return visible(`${letterOf(change)} ${path}${directory}${what}`);
}

export function tableName({ schema, name }: Pick<TableChange, 'schema' | 'name'>): string {
  return `${schema ?? '?'}.${name}`;
}

function toldOf({ id, label, startedAt, createdAt }: Snapshot, now: number): string {
  const taken = startedAt ?? createdAt;
  return `the snapshot ${id.slice(0, 8)}${known(label, (text) => `, ${text}`) ?? ''}, taken ${taken} (${relativeTime(taken, now)})`;
}

function contentOf({ addedBytes, removedBytes }: FileChangeCounts): string {
  const parts = [
    known(addedBytes || null, (size) => `+${bytes(size)}`),
    known(removedBytes || null, (size) => `-${bytes(size)}`),
  ];
  const told = parts.filter((part) => part !== undefined);
  return told.length === 0 ? '' : `; content ${told.join(' ')}`;
}

function rowsOf({ change, isExact, addedRowCount, removedRowCount, changedRowCount, ...rows }: TableChange): string {
  const [added, removed] = [
    addedRowCount ?? (change === 'added' ? rows.afterRowCount : null),
    removedRowCount ?? (change === 'removed' ? rows.beforeRowCount : null),
  ];
  if (change === 'added') return known(added, (count) => signed('+', count)) ?? '';
  if (change === 'removed') return known(removed, (count) => signed('-', count)) ?? '';
  if (rows.leftOutBefore || rows.leftOutAfter) return `rows left out of the ${rows.leftOutAfter ? 'second' : 'first'}`;
  if (isExact !== true) return 'some parts';
  return [
    known(added || null, (count) => signed('+', count)),
    known(removed || null, (count) => signed('-', count)),
    known(changedRowCount || null, (count) => signed('~', count)),
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function signed(sign: string, count: number): string {
  return `${sign}${count.toLocaleString('en-US')}`;
}

/** Tabs stay: code is full of them, and they go nowhere but to the right. */
function diffLine(line: string, paint: Paint): string {
  const role = ROLES[line.charAt(0)];
  const shown = line.split('\t').map(visible).join('\t');
  return role === undefined ? shown : paint(role, shown);
}

function letterOf(change: ComparedChange): string {
  return LETTERS[change] ?? '?';
}
