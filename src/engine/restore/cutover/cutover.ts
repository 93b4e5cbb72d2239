import { EngineError } from '../../engine-error.js';
import { exchangeStates } from '../../filestore/swap/filestore-states.js';
import { renameInPlace } from '../../filestore/paths/held-path.js';
import { putProperties } from '../../postgres/properties/put-properties.js';
import { openLive } from '../../postgres/swap/open-live.js';
import { swapNames } from '../../postgres/swap/swap-databases.js';
import { SwapSession } from '../../postgres/swap/swap-session.js';
import { beginRecord } from './begin-record.js';
import type { CutoverHooks, CutoverJournal, CutoverRecord, JournalStep } from './cutover-journal.js';
import { backInPlace, halfWay, errorWords } from './half-way.js';
import type { Staged, StagedDatabase, StagedFilestore } from '../staging/staged.js';

export interface CutoverContext {
  /** Looked at until the databases are being swapped; nothing can be cancelled from there on. */
  signal?: AbortSignal;
  journal: CutoverJournal;
  hooks?: CutoverHooks;
}

export interface CutoverResult {
  /** From the last moment at which an old answer was possible to the first at which a new one is. */
  downtimeMs: number;
  startedAt: Date;
  finishedAt: Date;
  /** Name of the previous database, closed to everybody. */
  keptDatabase?: string;
  /** Path of the previous directory. */
  keptDirectory?: string;
  /** What a person should know although it worked, a sentence each. */
  warnings: string[];
}

/**
 * Puts the staged state in place of the live one. In this order: the names of both databases in one
 * transaction, which leaves both closed; both directories in one exchange, or what is at the top of a mount point entry by entry; the
 * new database opened.
 * So nobody ever reads the one state's rows with the other state's files. Each step is in the journal
 * before it is taken.
 *
 * When it rejects, the old state is in place, open and whole, and what was staged can be discarded,
 * unless the code is `cutover-incomplete`: then nobody here may touch anything any more, and
 * `recoverCutover` finishes or reverts it. Other codes: `hook-failed`, `sessions-in-the-way`,
 * `cutover-failed`, `filestore-…`, `database-…`; or what the journal or the signal rejected with before
 * anything was touched.
 */
export async function cutover(staged: Staged, context: CutoverContext): Promise<CutoverResult> {
  context.signal?.throwIfAborted();
  const session = staged.database && (await SwapSession.open(staged.database.maintenance));
  try {
    return await new Cutover(staged, session, context).run();
  } finally {
    await session?.close();
  }
}

class Cutover {
  private readonly startedAt = new Date();
  private record: CutoverRecord | undefined;
  private closedXmin: string | undefined;

  constructor(
    private readonly staged: Staged,
    private readonly session: SwapSession | undefined,
    private readonly context: CutoverContext,
  ) {}

  async run(): Promise<CutoverResult> {
    const { hooks } = this.context;
    const { database, filestore } = this.staged;
    if (this.session && database) this.closedXmin = await claim(this.session, database);
    this.record = await beginRecord(this.staged, this.session, this.startedAt);
    await this.note('begun');
    // By the clock that nobody can set.
    let oldUntil: number | undefined;
    try {
      await hooks?.before();
      if (this.session && database) oldUntil = await this.swap(this.session, database);
      const exchangedAt = filestore && (await this.exchange(filestore));
      oldUntil ??= exchangedAt;
    } catch (error) {
      if (isHalfWay(error)) throw error;
      // It is still ours to say that nothing has changed, and to let go what the hook holds back.
      await this.afterwards('revert');
      await hooks?.after('reverted');
      throw error;
    }
    if (this.session && database) await this.open(this.session, database);
    const newSince = performance.now();
    const warnings = (await hooks?.after('completed')) ?? [];
    await this.afterwards('done');
    const keptDirectory = filestore && (await nameKept(filestore, warnings));
    return {
      downtimeMs: newSince - (oldUntil ?? newSince),
      ...(database && { keptDatabase: database.names.kept }),
      ...(keptDirectory !== undefined && { keptDirectory }),
      startedAt: this.startedAt,
      finishedAt: new Date(),
      warnings,
    };
  }

  /** Resolves to when the old database may have given its last answer. */
  private async swap(session: SwapSession, database: StagedDatabase): Promise<number> {
    this.context.signal?.throwIfAborted();
    await this.note('swap-databases', { swapAt: new Date().toISOString() });
    const { signal } = this.context;
    const { closedXmin } = this;
    const options = { properties: database.properties ?? 'live', closedXmin, ...(signal && { signal }) };
    return (await swapNames(session, database.names, options)).lastOldAnswerPossibleAt;
  }

  /** Resolves to when it began. */
  private async exchange(filestore: StagedFilestore): Promise<number> {
    const { session, staged } = this;
    const alone = session === undefined;
    if (alone) this.context.signal?.throwIfAborted();
    await (alone ? this.note('exchange-directories') : this.afterwards('exchange-directories'));
    const begunAt = performance.now();
    try {
      await exchangeStates(this.record!.filestore!, filestore.stagedPath, { to: 'new' });
      return begunAt;
    } catch (error) {
      // Exchanged, but perhaps not durably: whoever looks at the facts takes it from here.
      if (isHalfWay(error)) throw halfWay(error, staged);
      if (alone) throw error;
      await this.afterwards('revert');
      throw await backInPlace(error, staged, session, this.record!);
    }
  }

  private async open(session: SwapSession, database: StagedDatabase): Promise<void> {
    await this.afterwards('open');
    await openLive(session, database.names);
  }

  /** Writes down a step when something has been touched already: if that fails, it is not ours to go on. */
  private async afterwards(step: JournalStep): Promise<void> {
    try {
      await this.note(step);
    } catch (error) {
      throw halfWay(error, this.staged);
    }
  }

  private async note(step: JournalStep, more: Partial<CutoverRecord> = {}): Promise<void> {
    const record = { ...this.record!, ...more, step };
    await this.context.journal.write(record);
    this.record = record;
  }
}

/**
 * Nobody else is at this database, and the shadow has whatever the live one has by now that goes with the place:
 * somebody may have granted or set something. Resolves to what proves from now on that nobody was in the shadow.
 */
async function claim(session: SwapSession, database: StagedDatabase): Promise<string | undefined> {
  const { maintenance, names, properties, closedXmin } = database;
  if (!(await session.lock(names.expectedLiveOid))) {
    const message = `Another rollback is swapping the database "${names.live}" at this moment; nothing was changed.`;
    throw new EngineError('cutover-failed', message);
  }
  const { expectedLiveOid: liveOid, expectedShadowOid: shadowOid, shadow } = names;
  const databases = { liveOid, shadowOid, shadow };
  const proof = await putProperties(maintenance, databases, { source: properties ?? 'live', closedXmin });
  // Of a previous state nobody has noted one.
  if (closedXmin === undefined) return undefined;
  database.closedXmin = proof;
  return proof;
}

/** The exchange left the previous directory under the staged one's name; one that says what it is is better. */
async function nameKept(filestore: StagedFilestore, warnings: string[]): Promise<string> {
  try {
    await renameInPlace(filestore.stagedPath, filestore.keptPath);
    return filestore.keptPath;
  } catch (error) {
    warnings.push(`The previous directory could not be renamed: ${errorWords(error)}`);
    return filestore.stagedPath;
  }
}

function isHalfWay(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'cutover-incomplete';
}
