import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { openUnnamedFile } from '../../../../vault/files/unnamed-file.js';
import { EngineError } from '../../../engine-error.js';
import type { Child } from '../../../postgres/programs/child.js';
import { saysDiskFull, wordsOf } from '../../../postgres/connection/program-words.js';
import { findProgram, type Program } from '../../../postgres/programs/programs.js';
import { ArchiveFile, onDisk } from './archive-file.js';
import { oldestReader } from './archive-version.js';
import { listingDecoder } from './listing-decoder.js';
import { EntryReader } from './read-entries.js';
import type { ScriptEntry, Section } from './script-entry.js';
import { inStatements } from './in-statements.js';

export interface ScriptOptions {
  /** Of several `pg_restore` that read the archive the one of this major version is the best. */
  serverMajor: number;
  /** As PostgreSQL names the encoding of the archive. */
  encoding: string;
  /** True: with the owners and privileges that the archive names, among the statements that make their objects. */
  withOwners: boolean;
  /** Where archive and script lie while they are needed, default the system's temporary directory. */
  directory?: string;
}

/**
 * The definitions of a database as SQL, in files without a name: what `pg_restore` makes of a `pg_dump` archive (custom format). The
 * program never connects to a server. Any entries can be read in any order.
 */
export class DefinitionsScript {
  private constructor(
    private readonly archive: ArchiveFile,
    private readonly program: Program,
    private readonly options: ScriptOptions,
    /** In the order in which `pg_restore` would restore them. */
    readonly entries: readonly ScriptEntry[],
    private readonly files: ReadonlyMap<Section, FileHandle>,
  ) {}

  /**
   * Writes archive and script down. Whoever opens it calls `remove()`. Rejects with
   * `EngineError('disk-full' | 'restore-failed' | 'snapshot-damaged' | 'client-tools-…')`, with what reading the content threw, or with
   * `signal.reason`.
   */
  static async open(
    content: AsyncIterable<Buffer>,
    options: ScriptOptions,
    signal: AbortSignal,
  ): Promise<DefinitionsScript> {
    const { serverMajor, directory = tmpdir() } = options;
    const archive = await ArchiveFile.write(content, directory, signal);
    const files = new Map<Section, FileHandle>();
    try {
      const program = await findProgram('pg_restore', {
        minMajor: oldestReader(archive.header),
        preferMajor: serverMajor,
      });
      const entries: ScriptEntry[] = [];
      for (const section of ['pre-data', 'post-data'] as const) {
        const file = await onDisk(directory, () => openUnnamedFile(directory));
        files.set(section, file);
        const child = await startProgram(program, archive, section, options, file.fd);
        await toItsEnd(child, signal);
        const reader = new EntryReader(section, listingDecoder(options.encoding));
        const script = createReadStream('', { fd: file.fd, start: 0, autoClose: false });
        for await (const bytes of script) reader.add(bytes as Buffer);
        reader.end();
        for (const entry of reader.entries) entries.push(entry);
      }
      return new DefinitionsScript(archive, program, options, entries, files);
    } catch (error) {
      await closeAll(files);
      await archive.close();
      throw error;
    }
  }

  /** The statements of an entry, in the encoding of the archive. */
  async statementsOf({ section, from, to }: ScriptEntry): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(to - from);
    const { bytesRead } = await this.files.get(section)!.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  }

  /**
   * Makes the large objects' contents, as statements that belong together in this order and on one connection; some at a
   * time, each buffer whole statements. Throws as `open` rejects.
   */
  async *largeObjects(signal: AbortSignal): AsyncIterable<Buffer> {
    const child = await startProgram(this.program, this.archive, 'data', this.options);
    const stop = () => void child.kill();
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      yield* inStatements(child.stdout as AsyncIterable<Buffer>);
      await requireSuccess(child, signal);
    } finally {
      signal.removeEventListener('abort', stop);
      await child.kill();
    }
  }

  /** Never rejects. */
  async remove(): Promise<void> {
    await closeAll(this.files);
    await this.archive.close();
  }
}

async function closeAll(files: ReadonlyMap<Section, FileHandle>): Promise<void> {
  for (const file of files.values()) await file.close().catch(() => undefined);
}

/** Prints a section, to the pipe or into the file that is open as `stdout`. */
async function startProgram(
  program: Program,
  archive: ArchiveFile,
  section: Section | 'data',
  { withOwners }: ScriptOptions,
  stdout?: number,
): Promise<Child> {
  const owners = withOwners ? [] : ['--no-owner', '--no-privileges'];
  const programArguments = ['--format=custom', '--verbose', ...owners, `--section=${section}`, '--file=-'];
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  return archive.startReader(program.path, programArguments, { env, ...(stdout !== undefined && { stdout }) });
}

async function toItsEnd(child: Child, signal: AbortSignal): Promise<void> {
  const stop = () => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await requireSuccess(child, signal);
  } finally {
    signal.removeEventListener('abort', stop);
    await child.kill();
  }
}

async function requireSuccess(child: Child, signal: AbortSignal): Promise<void> {
  const end = await child.ended;
  signal.throwIfAborted();
  if (end.code === 0) return;
  const said = child
    .stderr()
    .split('\n')
    .filter((line) => / (error|fatal|warning): /.test(line))
    .join('\n');
  const words = end.signal ? `it was ended by ${end.signal}` : wordsOf(said);
  throw new EngineError(
    saysDiskFull(words) ? 'disk-full' : 'restore-failed',
    `pg_restore could not read the definitions of the snapshot: ${words}.`,
    { cause: new Error(child.stderr()) },
  );
}
