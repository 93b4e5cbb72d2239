import { setTimeout as pause } from 'node:timers/promises';
import { EngineError } from '../../engine-error.js';
import { withConnection } from '../../postgres/connect.js';
import { type Cut, openCut } from '../../postgres/cut.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { saysRelationGone, sqlState, toEngineError } from '../../postgres/postgres-errors.js';
import type { SequenceEntry } from '../../../vault/manifest-database.js';
import { type CapturedTable, readInventory } from './inventory.js';
import { lockTables } from './lock-tables.js';
import { readMaterializedViews } from './materialized-views.js';
import { displayRelation, type Relation } from './relation.js';
import { type DatabaseNeeds, readNeeds } from './read-needs.js';
import { readSequences } from './sequences.js';
import { readShapes } from './read-shapes.js';
import type { TableSize } from './segment-plan.js';
import { StartedDump } from './started-dump.js';
import type { TableShape } from './table-shapes.js';
import { readSizes } from './table-sizes.js';
import type { ViewOrder } from './view-order.js';

/** How long a lock is waited for before the cut is dropped, so that nothing queues behind us for longer. */
export const LOCK_TIMEOUT_MS = 5_000;
/** Together with the time above, about as long as a migration may take before a snapshot gives up. */
export const CUT_ATTEMPTS = 40;
/**
 * For the locks we take ourselves, one table after the other: less than the second after which PostgreSQL looks for a
 * deadlock. Whoever changes two tables and meets us in between would else be the one that is ended.
 */
const OWN_LOCK_TIMEOUT_MS = 800;
const BETWEEN_ATTEMPTS_MS = 250;

/** What the server says when a table is locked, or we were chosen to give way. */
const LOCKED = new Set(['55P03', '40P01']);

export interface SettledCutOptions {
  /** Default true. */
  includeUnlogged?: boolean;
  /** Default `LOCK_TIMEOUT_MS`. */
  lockTimeoutMs?: number;
}

/** A cut under which every table is certain to be read as it was: nobody can change or rewrite one any more. */
export interface SettledCut {
  cut: Cut;
  /** Milliseconds since 1970. Since then the server keeps all row versions that the cut sees. */
  openedAt: number;
  tables: CapturedTable[];
  sizes: Map<number, TableSize>;
  /** As they were before the first row is read. */
  shapes: Map<number, TableShape>;
  sequences: SequenceEntry[];
  views: ViewOrder;
  needs: DatabaseNeeds;
  definitions: StartedDump;
  /** Ends the transaction and whatever runs under it. Never rejects. */
  close(): Promise<void>;
}

/**
 * Takes a cut and locks its tables, again and again until no table was changed or rewritten in between: rewriting
 * (`CLUSTER`, `ALTER TABLE … TYPE`, `TRUNCATE`) does not respect older snapshots, so a reader that joins later would
 * find rows missing. `pg_dump` takes its own locks, and whoever wants to change a table may have come between; so the
 * cut is settled when those are taken too. Nothing else of the environment may be read before this has resolved.
 *
 * Rejects with `EngineError('tables-busy')`, which names a table, when that takes too long, with other
 * `EngineError`s, or with `signal.reason`.
 */
export async function settleCut(
  address: DatabaseAddress,
  options: SettledCutOptions,
  context: { signal: AbortSignal },
): Promise<SettledCut> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await tryCut(address, options, context);
    if ('cut' in result) return result;
    if (attempt === CUT_ATTEMPTS) throw await busy(address, result, context);
    await pause(BETWEEN_ATTEMPTS_MS, undefined, { signal: context.signal }).catch(() => undefined);
    context.signal.throwIfAborted();
  }
}

/** Why a cut did not settle. */
interface Unsettled {
  tables: CapturedTable[];
  changed?: Relation;
  error?: unknown;
}

async function tryCut(
  address: DatabaseAddress,
  { includeUnlogged = true, lockTimeoutMs = LOCK_TIMEOUT_MS }: SettledCutOptions,
  context: { signal: AbortSignal },
): Promise<SettledCut | Unsettled> {
  const openedAt = Date.now();
  const cut = await openCut(address, context);
  const { client } = cut;
  let tables: CapturedTable[] = [];
  let dump: Promise<StartedDump> | undefined;
  const close = async () => {
    const started = await dump?.catch(() => undefined);
    await started?.stop();
    await cut.close();
  };
  try {
    await client.query(`SELECT pg_catalog.set_config('lock_timeout', $1, true)`, [
      String(Math.min(lockTimeoutMs, OWN_LOCK_TIMEOUT_MS)),
    ]);
    tables = await readInventory(client, { includeUnlogged });
    const changed = await lockTables(client, tables);
    if (changed) {
      await close();
      return { tables, changed };
    }
    dump = StartedDump.start(address, cut, { signal: context.signal, lockTimeoutMs });
    // Its failure is met below.
    dump.catch(() => undefined);
    const oids = tables.map(({ oid }) => oid);
    return {
      cut,
      openedAt,
      tables,
      sizes: await readSizes(client, oids, cut.moment.blockBytes),
      shapes: await readShapes(client, oids, { ...cut.moment, major: cut.major }),
      sequences: await readSequences(client),
      views: await readMaterializedViews(client),
      needs: await readNeeds(cut),
      definitions: await dump,
      close,
    };
  } catch (error) {
    await close();
    context.signal.throwIfAborted();
    if (isPassing(error)) return { tables, error };
    throw toEngineError(error, address);
  }
}

/** Whether another attempt may do better. */
function isPassing(error: unknown): boolean {
  if (saysRelationGone(error) || LOCKED.has(sqlState(error) ?? '')) return true;
  return error instanceof EngineError && error.code === 'tables-busy';
}

async function busy(
  address: DatabaseAddress,
  { tables, changed, error }: Unsettled,
  context: { signal: AbortSignal },
): Promise<EngineError> {
  const culprit = changed ?? (await lockedTable(address, tables, context));
  const table = culprit ? `the table ${displayRelation(culprit)}` : `a table or sequence`;
  return new EngineError(
    'tables-busy',
    `In the database "${address.database}" ${table} is being changed or locked all the time; wait for the migration to end, or stop what locks it, and take the snapshot again.`,
    { cause: error },
  );
}

/** A table of these that somebody holds for themselves. */
async function lockedTable(
  address: DatabaseAddress,
  tables: readonly CapturedTable[],
  context: { signal: AbortSignal },
): Promise<Relation | undefined> {
  const { rows } = await withConnection(address, { signal: context.signal }, (client) =>
    client.query<{ relation: number }>(
      `SELECT relation FROM pg_catalog.pg_locks
       WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND relation = ANY ($1::pg_catalog.oid[])
         AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
       ORDER BY granted DESC`,
      [tables.map(({ oid }) => oid)],
    ),
  );
  return tables.find(({ oid }) => oid === rows[0]?.relation);
}
