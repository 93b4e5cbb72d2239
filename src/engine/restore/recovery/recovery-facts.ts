import { countWrites, hasWritten } from '../../postgres/databases/count-writes.js';
import type { SwapSession } from '../../postgres/swap/swap-session.js';
import { writtenAfter } from '../../filestore/swap/written-after.js';
import type { CutoverRecord, DatabaseRecord } from '../cutover/cutover-journal.js';
import type { RecoveryFacts } from './decide-recovery.js';
import { liveSide, movedNames } from '../../filestore/swap/filestore-states.js';
import { otherDirectory } from './move-staged.js';

/** How long to look for files that were written since; not to have looked at all of them counts as written. */
const LOOK_MS = 30_000;

/** Looks at what is there, changing nothing. Rejects with the driver's error when the server cannot be asked. */
export async function readRecoveryFacts(
  session: SwapSession | undefined,
  record: CutoverRecord,
  exchangeProblem: string | null,
): Promise<RecoveryFacts> {
  const { database, filestore } = record;
  const side = session && database ? await databaseSide(session, database) : null;
  const found = filestore ? await liveSide(filestore, await otherDirectory(filestore)) : null;
  // Where both are empty it is the one that the other half asks for.
  const files = found === null ? null : { live: found === 'either' ? (side?.live ?? 'new') : found };
  const torn = side?.live === 'old' && !side.open && (files?.live === 'new' || files?.live === 'partly');
  return {
    database: side,
    filestore: files,
    closedByUs: database?.closedByUs === true,
    exchangeProblem,
    writtenSince: torn && (await writtenSince(session!, record)),
    asked: record.ask ?? null,
  };
}

async function databaseSide(
  { client }: SwapSession,
  { names }: DatabaseRecord,
): Promise<NonNullable<RecoveryFacts['database']>> {
  const { rows } = await client.query<{ oid: number; open: boolean }>(
    'SELECT oid, datallowconn AS open FROM pg_database WHERE datname = $1',
    [names.live],
  );
  const { oid, open } = rows[0] ?? { oid: undefined, open: false };
  if (oid === names.expectedLiveOid) return { live: 'old', open };
  return { live: oid === names.expectedShadowOid ? 'new' : 'unknown', open };
}

async function writtenSince({ client }: SwapSession, record: CutoverRecord): Promise<boolean> {
  const { database, filestore, startedAt } = record;
  if (database && hasWritten(database.writes, await countWrites(client, database.names.expectedLiveOid))) return true;
  if (!filestore) return false;
  const options = { limit: 1, budgetMs: LOOK_MS, moved: movedNames(filestore) };
  const found = await writtenAfter(filestore.livePath, new Date(startedAt), options);
  return found.paths.length > 0 || !found.complete;
}
