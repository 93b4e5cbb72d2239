import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { startChild } from '../../postgres/child.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { dbnameArgument, libpqEnvironment } from '../../postgres/libpq-environment.js';
import { findProgram, type Program } from '../../postgres/programs.js';
import { failureOptions, requireRestored } from '../../postgres/restore-outcome.js';
import { runSqlInOneTransaction } from '../../postgres/run-sql.js';
import { type ArchiveEntry, parseEntries, parseIds, type Section, SECTIONS } from './archive-entries.js';
import { archiveIn, onDisk, removeDirectory, writeArchive, writeUseList } from './archive-file.js';
import { oldestReader } from './archive-version.js';
import { EntryOwners } from './entry-owners.js';
import { inRuns } from './entry-runs.js';
import { listingDecoder } from './listing-decoder.js';
import type { EntryMode, RoleMapping } from './missing-roles.js';
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

/** What `pg_restore` prints before the statements, and another program or server does not understand. */
const FOREIGN_LINES = [/^SET (?:client_encoding|transaction_timeout) = .*;$/gm, /^\\(?:un)?restrict .*$/gm];

/** A `pg_dump` archive (custom format) in a private file, of which any entries can be restored in any order. */
export class DefinitionsArchive {
  private lists = 0;
  private roles: RoleMapping | undefined;

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
      const header = await writeArchive(content, own, signal);
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
    for (const { mode, ids: some } of inRuns(ids, (id) => this.roles?.modeOf(id) ?? 'as-is')) {
      if (mode === 'mapped') await this.runMapped(some, this.roles!, signal);
      else await this.runEntries(some, memoryBytes, mode, signal);
    }
  }

  /** From here on `restore` does with each entry what the mapping says. */
  mapRoles(roles: RoleMapping): void {
    this.roles = roles;
  }

  /** The statements of these entries, for a connection that speaks UTF-8. Rejects as `restore` does. */
  async sqlOf(ids: readonly number[], signal: AbortSignal): Promise<string> {
    const parts: Buffer[] = [];
    await this.print(ids, signal, (bytes) => parts.push(bytes));
    const sql = listingDecoder(this.options.encoding).decode(Buffer.concat(parts));
    return FOREIGN_LINES.reduce((text, line) => text.replaceAll(line, ''), sql);
  }

  /** Who owns each of these entries, as far as that can be told. Rejects as `restore` does. */
  async ownersOf(ids: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, string>> {
    const found = new EntryOwners(listingDecoder(this.options.encoding));
    await this.print(ids, signal, (bytes) => found.add(bytes), ['--verbose', '--no-tablespaces']);
    return found.owners;
  }

  /** Whether one of the words occurs in the statements of these entries. Rejects as `restore` does. */
  async mentions(ids: readonly number[], words: readonly string[], signal: AbortSignal): Promise<boolean> {
    const longest = Math.max(...words.map(({ length }) => length));
    let found = false;
    let seen = '';
    await this.print(ids, signal, (bytes) => {
      seen = seen.slice(-longest) + bytes.toString('latin1');
      found ||= words.some((word) => seen.includes(word));
    });
    return found;
  }

  /** Never rejects. */
  async remove(): Promise<void> {
    await removeDirectory(this.directory);
  }

  private async runEntries(
    ids: readonly number[],
    memoryBytes: number,
    mode: EntryMode,
    signal: AbortSignal,
  ): Promise<void> {
    const { address, serverMajor } = this.options;
    const memory = `-c maintenance_work_mem=${Math.floor(memoryBytes / 1024)}`;
    const env = libpqEnvironment(address, { pgOptions: `${SETTINGS} ${memory}` });
    const ownership = mode === 'no-owner' ? ['--no-owner'] : this.ownership();
    const target = [...failureOptions(this.program, serverMajor), '--no-password', dbnameArgument(address.database)];
    await this.runOn(ids, [...ownership, ...target], env, signal);
  }

  private async runMapped(ids: readonly number[], roles: RoleMapping, signal: AbortSignal): Promise<void> {
    const { address } = this.options;
    const sql = roles.map(await this.sqlOf(ids, signal));
    await runSqlInOneTransaction(address, address.database, sql, { signal });
  }

  private async print(
    ids: readonly number[],
    signal: AbortSignal,
    onOutput: (bytes: Buffer) => void,
    options: readonly string[] = [],
  ): Promise<void> {
    if (ids.length === 0) return;
    await this.runOn(ids, [...this.ownership(), ...options, '--file=-'], {}, signal, onOutput);
  }

  private ownership(): string[] {
    return this.options.keepOwnersAndPrivileges ? [] : ['--no-owner', '--no-privileges'];
  }

  /** Runs the program on these entries only. */
  private async runOn(
    ids: readonly number[],
    programArguments: readonly string[],
    env: NodeJS.ProcessEnv,
    signal: AbortSignal,
    onOutput?: (bytes: Buffer) => void,
  ): Promise<void> {
    const list = await writeUseList(this.directory, (this.lists += 1), ids);
    await this.run([`--use-list=${list}`, ...programArguments], env, signal, onOutput);
    await rm(list);
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
