import type { Command } from 'commander';
import { SnapbackError } from '../../../sdk/typescript/index.js';
import type { FilePath, SnapshotFile, SnapshotTable } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import type { Column } from '../../output/table.js';
import { bytes, known, relativeTime } from '../../output/words.js';
import { limitOption } from '../options.js';
import { BASE64_OPTION, filePathOf } from './file-path.js';

const PAGE = { pageSize: 100 };
const KINDS: Readonly<Record<string, string>> = { file: '-', directory: 'd', symlink: 'l' };

const TABLE_COLUMNS: readonly Column<SnapshotTable>[] = [
  { title: 'table', cell: tableName },
  {
    title: 'rows',
    cell: ({ rowCount, leftOut }) =>
      known(leftOut, () => 'left out') ?? known(rowCount, (count) => count.toLocaleString('en-US')),
    right: true,
  },
  { title: 'size as text', cell: ({ textBytes }) => known(textBytes, bytes), right: true, dropFirst: 2 },
  {
    title: 'unchanged since',
    cell: ({ unchangedSince }) => known(unchangedSince, (at) => relativeTime(at, Date.now())),
    dropFirst: 1,
  },
];

interface TablesOptions {
  search?: string;
  limit: number;
}

interface FilesOptions extends TablesOptions {
  base64?: boolean;
}

export function addSnapshotContentsCommands(snapshot: Command, run: Invocation): void {
  snapshot
    .command('tables')
    .description('List the tables in a snapshot')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .option('--search <text>', 'only what has this in its name')
    .addOption(limitOption())
    .action((asked: string, options: TablesOptions) => tables(run, asked, options));

  snapshot
    .command('files')
    .description('List what is in a directory of a snapshot, or find it by a part of its name')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .argument('[path]', 'a directory of the filestore; all of it unless told')
    .option('--search <text>', 'what has this in its name, there and in all directories below')
    .option(...BASE64_OPTION)
    .addOption(limitOption())
    .action((asked: string, path: string | undefined, options: FilesOptions) => files(run, asked, path, options));
}

async function tables(run: Invocation, asked: string, { search, limit }: TablesOptions): Promise<void> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const { id } = await findSnapshot(snapback.snapshots, environment, asked);
  const pages = snapback.contents.tables(environment.id, id, search === undefined ? {} : { search }, PAGE);
  const none = search === undefined ? 'There is no table in it.' : `No table has "${search}" in its name.`;
  await run.printer.pages(pages, limit, TABLE_COLUMNS, tableName, none);
}

async function files(
  run: Invocation,
  asked: string,
  path: string | undefined,
  { search, limit, base64 }: FilesOptions,
): Promise<void> {
  const { snapback } = await run.session();
  const at = filePathOf(path ?? '', base64);
  const environment = await findEnvironment(run);
  const { id } = await findSnapshot(snapback.snapshots, environment, asked);
  const filters = { ...(typeof at === 'string' ? { path: at } : at), ...(search !== undefined && { search }) };
  const columns = fileColumns(search === undefined ? ({ name }) => name : ({ path: found }) => found);
  const none = search === undefined ? 'There is nothing in it.' : `Nothing there has "${search}" in its name.`;
  const pages = snapback.contents.files(environment.id, id, filters, PAGE);
  try {
    await run.printer.pages(pages, limit, columns, ({ path: found }) => found, none);
  } catch (error) {
    if (search !== undefined || !isNotFound(error) || isAll(at)) throw error;
    // As "ls" does: of what is no directory, itself.
    const entry = await snapback.contents.file(environment.id, id, at);
    run.printer.all([entry], columns, ({ path: found }) => found, none);
  }
}

function fileColumns(called: (file: SnapshotFile) => string | undefined): readonly Column<SnapshotFile>[] {
  return [
    { title: 'mode', cell: ({ kind, mode }) => known(mode, (bits) => `${KINDS[kind] ?? '?'}${permissions(bits)}`) },
    { title: 'owner', cell: ({ uid, gid }) => known(uid, (user) => `${user}:${gid ?? ''}`), dropFirst: 2 },
    { title: 'size', cell: ({ sizeBytes }) => known(sizeBytes, bytes), right: true },
    {
      title: 'changed',
      cell: ({ modifiedAt }) => known(modifiedAt, (at) => at.slice(0, 19).replace('T', ' ')),
      dropFirst: 1,
    },
    { title: 'name', cell: (file) => `${called(file) ?? ''}${known(file.target, (target) => ` -> ${target}`) ?? ''}` },
  ];
}

/** `rwxr-x--t`, as "ls" writes it. */
function permissions(mode: number): string {
  const letters = [...'rwxrwxrwx'].map((letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-'));
  for (const [bit, at, letter] of [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const) {
    if (mode & bit) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase();
  }
  return letters.join('');
}

function tableName({ schema, name }: SnapshotTable): string {
  return `${schema ?? '?'}.${name}`;
}

function isNotFound(error: unknown): boolean {
  return error instanceof SnapbackError && error.code === 'not-found';
}

function isAll(at: FilePath): boolean {
  return at === '';
}
