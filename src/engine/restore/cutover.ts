import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../filestore/exchange.js';
import { carryLiveProperties } from '../postgres/shadow-database.js';
import { openLive } from '../postgres/settle-swap.js';
import { swapNames } from '../postgres/swap-databases.js';
import { SwapSession } from '../postgres/swap-session.js';
import { DirectoryPair } from './directory-pair.js';
import { revertCutover } from './revert-cutover.js';
import type { Staged, StagedDatabase, StagedFilestore } from './staged.js';

export type CutoverStep = 'swap-databases' | 'exchange-directories' | 'open';

export interface CutoverContext {
  /** Looked at until the databases are being swapped; nothing can be cancelled from there on. */
  signal?: AbortSignal;
  /** Awaited before each step, to write it down. Rejecting stops the cutover while it can be stopped. */
  onStep: (step: CutoverStep) => Promise<void>;
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
 * transaction, which leaves both closed; both directories in one exchange; the new database opened.
 * So nobody ever reads the one state's rows with the other state's files.
 *
 * When it rejects, the old state is in place, open and whole, and what was staged can be discarded,
 * unless the code is `cutover-incomplete`: then a person has to look, and nothing may be discarded.
 * Other codes: `sessions-in-the-way`, `cutover-failed`, `filestore-…`, `database-…`; or what `onStep`
 * or the signal rejected with before anything was touched.
 */
export async function cutover(staged: Staged, context: CutoverContext): Promise<CutoverResult> {
  const startedAt = new Date();
  const { database, filestore } = staged;
  const directories = filestore && (await DirectoryPair.of(filestore));
  context.signal?.throwIfAborted();
  const session = database && (await SwapSession.open(database.maintenance));
  try {
    const warnings: string[] = [];
    let oldUntil: Date | undefined;
    if (session && database) oldUntil = await swap(session, database, context);
    if (directories) {
      try {
        await context.onStep('exchange-directories');
        if (!session) context.signal?.throwIfAborted();
        oldUntil ??= new Date();
        await directories.exchange();
      } catch (error) {
        throw await revertCutover(error, staged, directories, session);
      }
    }
    if (session && database) await open(session, database, context, warnings);
    const newSince = new Date();
    return {
      downtimeMs: newSince.getTime() - (oldUntil ?? newSince).getTime(),
      ...(database && { keptDatabase: database.names.kept }),
      ...(filestore && { keptDirectory: await nameKept(filestore, warnings) }),
      startedAt,
      finishedAt: new Date(),
      warnings,
    };
  } finally {
    await session?.close();
  }
}

async function swap(session: SwapSession, database: StagedDatabase, context: CutoverContext): Promise<Date> {
  const { names } = database;
  // Somebody may have granted or set something since the shadow was made.
  await carryLiveProperties(database.maintenance, {
    liveOid: names.expectedLiveOid,
    shadowOid: names.expectedShadowOid,
    shadow: names.shadow,
  });
  await context.onStep('swap-databases');
  const options = context.signal ? { signal: context.signal } : {};
  return (await swapNames(session, names, options)).lastOldAnswerPossibleAt;
}

async function open(
  session: SwapSession,
  database: StagedDatabase,
  context: CutoverContext,
  warnings: string[],
): Promise<void> {
  // The new state is whole: keeping it closed because a note could not be written would help nobody.
  await context.onStep('open').catch((error: unknown) => {
    warnings.push(`The last step could not be recorded: ${messageOf(error)}`);
  });
  await openLive(session, database.names);
}

/** The exchange left the previous directory under the staged one's name; one that says what it is is better. */
async function nameKept(filestore: StagedFilestore, warnings: string[]): Promise<string> {
  try {
    await rename(filestore.stagedPath, filestore.keptPath);
    await syncDirectory(dirname(filestore.keptPath));
    return filestore.keptPath;
  } catch (error) {
    warnings.push(`The previous directory could not be renamed: ${messageOf(error)}`);
    return filestore.stagedPath;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
