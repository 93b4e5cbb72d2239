import { open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../../engine-error.js';
import { startChild } from '../../postgres/child.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { dbnameArgument, libpqEnvironment } from '../../postgres/libpq-environment.js';
import { findProgram, type Program } from '../../postgres/programs.js';
import { failureOptions, requireRestored } from '../../postgres/restore-outcome.js';
import { ARCHIVE_HEADER_BYTES, oldestReader } from './archive-version.js';
import { type ArchiveEntry, parseEntries, parseIds, type Section, SECTIONS } from './archive-entries.js';
import { listingDecoder } from './listing-decoder.js';
import { makePrivateDirectory } from './private-directory.js';

export interface DefinitionsOptions {
  /** Where the definitions go. */
  address: DatabaseAddress;
  /** False: everything belongs to the address's role and nobody else has privileges. */
  keepOwnersAndPrivileges: boolean;
  /** Major version of the server: of several `pg_restore` that read the archive its own is the best. */
  serverMajor: number;
  /** As PostgreSQL names the encoding of the archive. */
  encoding: string;
  /** Where the archive lies while it is needed, default the system's temporary directory. */
  directory?: string;
}

/**
 * A database somebody made read-only by a setting of the role must still be restorable. Commits need
 * not wait for the disk: nobody relies on the shadow before the cutover.
 */
const SETTINGS = '-c default_transaction_read_only=off -c synchronous_commit=off';
const FILE_MODE = 0o600;

/** A `pg_dump` archive (custom format) in a private file, of which any entries can be restored in any order. */
export class DefinitionsArchive {
  private lists = 0;

  private constructor(
    private readonly directory: string,
    private readonly options: DefinitionsOptions,
    private readonly program: Program,
  ) {}

  /**
   * Writes the archive down. Whoever opens it calls `remove()`. Rejects with
   * `EngineError('disk-full' | 'restore-failed' | 'snapshot-damaged' | 'client-tools-…')`, with what reading the content threw, or with
   * `signal.reason`; no file is left then.
   */
  static async open(
    content: AsyncIterable<Buffer>,
    options: DefinitionsOptions,
    signal: AbortSignal,
  ): Promise<DefinitionsArchive> {
    const { serverMajor, directory = tmpdir() } = options;
    const own = await onDisk(directory, () => makePrivateDirectory(directory));
    try {
      const header = await write(content, own, signal);
      const program = await findProgram('pg_restore', { minMajor: oldestReader(header), preferMajor: serverMajor });
      return new DefinitionsArchive(own, options, program);
    } catch (error) {
      await removeDirectory(own);
      throw error;
    }
  }

  /** Everything in it, in the order in which `pg_restore` would restore it. Rejects as `restore` does. */
  async entries(signal: AbortSignal): Promise<ArchiveEntry[]> {
    const decoder = listingDecoder(this.options.encoding);
    const list = async (...options: string[]) => {
      const parts: Buffer[] = [];
      await this.run(['--list', ...options], {}, signal, (bytes) => parts.push(bytes));
      return decoder.decode(Buffer.concat(parts));
    };
    const sections = new Map<number, Section>();
    for (const section of SECTIONS) {
      for (const id of parseIds(await list(`--section=${section}`))) sections.set(id, section);
    }
    return parseEntries(await list('--verbose'), sections);
  }

  /**
   * Restores the entries with these ids, in this order as far as their kinds allow. `memoryBytes` is for each
   * index or constraint being built. Rejects with `EngineError('restore-failed' | 'disk-full')` and
   * PostgreSQL's reason at the first statement that fails, or with `signal.reason`; `pg_restore` is gone then.
   */
  async restore(ids: readonly number[], memoryBytes: number, signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return;
    const { address, keepOwnersAndPrivileges, serverMajor } = this.options;
    const list = await this.writeList(ids);
    const memory = `-c maintenance_work_mem=${Math.floor(memoryBytes / 1024)}`;
    const env = libpqEnvironment(address, { pgOptions: `${SETTINGS} ${memory}` });
    const ownership = keepOwnersAndPrivileges ? [] : ['--no-owner', '--no-privileges'];
    const target = [...failureOptions(this.program, serverMajor), '--no-password', dbnameArgument(address.database)];
    await this.run([`--use-list=${list}`, ...ownership, ...target], env, signal);
    await rm(list);
  }

  /** Whether one of the words occurs in the statements of these entries. Rejects as `restore` does. */
  async mentions(ids: readonly number[], words: readonly string[], signal: AbortSignal): Promise<boolean> {
    if (ids.length === 0) return false;
    const longest = Math.max(...words.map(({ length }) => length));
    const list = await this.writeList(ids);
    let found = false;
    let seen = '';
    await this.run([`--use-list=${list}`, '--file=-'], {}, signal, (bytes) => {
      seen = seen.slice(-longest) + bytes.toString('latin1');
      found ||= words.some((word) => seen.includes(word));
    });
    await rm(list);
    return found;
  }

  /** Never rejects. */
  async remove(): Promise<void> {
    await removeDirectory(this.directory);
  }

  private async writeList(ids: readonly number[]): Promise<string> {
    const list = join(this.directory, `list-${(this.lists += 1)}`);
    const lines = ids.map((id) => `${id};\n`).join('');
    await onDisk(this.directory, () => writeFile(list, lines, { mode: FILE_MODE }));
    return list;
  }

  private async run(
    programArguments: readonly string[],
    env: NodeJS.ProcessEnv,
    signal: AbortSignal,
    onOutput?: (bytes: Buffer) => void,
  ): Promise<void> {
    signal.throwIfAborted();
    const { program, options } = this;
    const all = ['--format=custom', ...programArguments, archiveIn(this.directory)];
    const child = await startChild(program.path, all, { env: { PATH: process.env['PATH'], LC_ALL: 'C', ...env } });
    child.stdout.on('data', (bytes: Buffer) => onOutput?.(bytes));
    const stop = () => void child.kill();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await requireRestored(child, program, options, signal);
    } finally {
      signal.removeEventListener('abort', stop);
      await child.kill();
    }
  }
}

function archiveIn(directory: string): string {
  return join(directory, 'archive');
}

/** Never rejects. */
async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
}

/** What the archive begins with. */
async function write(content: AsyncIterable<Buffer>, directory: string, signal: AbortSignal): Promise<Buffer> {
  let header: Buffer = Buffer.alloc(0);
  const file = await onDisk(directory, () => open(archiveIn(directory), 'wx', FILE_MODE));
  try {
    for await (const bytes of content) {
      signal.throwIfAborted();
      if (header.length < ARCHIVE_HEADER_BYTES) {
        header = Buffer.concat([header, bytes.subarray(0, ARCHIVE_HEADER_BYTES - header.length)]);
      }
      await onDisk(directory, () => file.writeFile(bytes));
    }
    return header;
  } finally {
    await file.close();
  }
}

async function onDisk<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new EngineError(
      full ? 'disk-full' : 'restore-failed',
      full
        ? `There is no room for the snapshot's definitions and large objects in "${directory}"; make some, or set TMPDIR to a larger place.`
        : `The snapshot's definitions could not be written to "${directory}": ${message}.`,
      { cause: error },
    );
  }
}
