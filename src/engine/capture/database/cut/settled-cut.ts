import { setTimeout as pause } from 'node:timers/promises';
import { EngineError } from '../../../engine-error.js';
import { type Cut, openCut } from '../../../postgres/cut/cut.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { saysRelationGone, sqlState, toEngineError } from '../../../postgres/connection/postgres-errors.js';
import { type Exclusion, NOTHING_EXCLUDED } from '../../../exclusion/exclusion.js';
import { type CutFacts, readCutFacts } from './cut-facts.js';
import { type DecidedLeftOut, decideLeftOut } from './decide-left-out.js';
import type { BaseDefinitions, DatabaseBase } from '../history/database-base.js';
import { decideLineage } from '../history/lineage.js';
import { type CapturedTable, type LockedRelation, readInventory, readOthersLocked } from '../tables/inventory.js';
import { readDefinitionsState } from './definitions-state.js';
import { lockTables } from './lock-tables.js';
import { KeptDescription } from './read-description.js';
import { type DatabaseNeeds, readNeeds } from './read-needs.js';
import { StartedDump } from './started-dump.js';
import { tablesBusy } from './tables-busy.js';
import { leftOutOf, NOTHING_UNREADABLE, readUnreadable } from './unreadable-relations.js';

/**
 * How long `pg_dump` waits for a lock before the cut is dropped: whoever waits for ours to go has everybody else who
 * wants the table wait behind them.
 */
export const LOCK_TIMEOUT_MS = 1_000;
/** With the pauses between them, about as long as a migration may take before a snapshot gives up. */
export const CUT_ATTEMPTS = 40;
/** After so many attempts the wait becomes longer, once, twice, … */
const ATTEMPTS_A_WAIT = 10;
/**
 * For the locks we take ourselves, one table after the other: less than the second after which PostgreSQL looks for a
 * deadlock. Whoever changes two tables and meets us in between would else be the one that is ended.
 */
const OWN_LOCK_TIMEOUT_MS = 800;
/** Before the second attempt; longer by as much before each one after it, so that others get on. */
const BETWEEN_ATTEMPTS_MS = 250;
/** In units of the wait for a lock. */
const LONGEST_PAUSE = 5;
/** A dump may come upon something that is dropped under it, which another one does not; or fail each time. */
const DUMP_ATTEMPTS = 3;

/**
 * How long a full snapshot waits for transactions that were begun before it, so that the server's log may later say what has changed. A
 * fraction of what reading takes where the log is worth looking at.
 */
const LOG_PATIENCE_MS = 5_000;

/** What the server says when a table is locked, or we were chosen to give way. */
const LOCKED = new Set(['55P03', '40P01']);

export interface SettledCutOptions {
  /** Default true. */
  includeUnlogged?: boolean;
  /** Default `LOCK_TIMEOUT_MS`. */
  lockTimeoutMs?: number;
  /** Goes on without what the role may not read, and says so in a finding. Default false: it is refused. */
  leaveOutUnreadable?: boolean;
  /** What is left out by rules; default nothing. */
  exclusion?: Exclusion;
  /** What to do about tables that what stays cannot do without: `capture` them all the same, and say so. Default `refuse`. */
  whenNeeded?: 'refuse' | 'capture';
  /** What the capture may build on, if this cut is of its history. */
  base?: DatabaseBase;
  /** `LOG_PATIENCE_MS` unless told. For tests. */
  logPatienceMs?: number;
}

/** What all objects are, as somebody has begun to read it, or as the base has it. `state`: see `readDefinitionsState`. */
export type SettledDefinitions =
  | { from: 'server'; dump: StartedDump; description: KeptDescription; state: string | undefined }
  | { from: 'base'; base: BaseDefinitions };

/** A cut under which every table is certain to be read as it was: nobody can change or rewrite one any more. */
export interface SettledCut extends CutFacts, DecidedLeftOut {
  cut: Cut;
  tables: CapturedTable[];
  /** What it is itself, and what it takes to restore it. */
  needs: DatabaseNeeds;
  definitions: SettledDefinitions;
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
  const { includeUnlogged = true, lockTimeoutMs = LOCK_TIMEOUT_MS, leaveOutUnreadable = false, base } = options;
  const { exclusion = NOTHING_EXCLUDED, whenNeeded = 'refuse' } = options;
  // A differential is no base; one that turns out not to be one has its log if nobody has to be waited for.
  const logUntil = Date.now() + (base ? 0 : (options.logPatienceMs ?? LOG_PATIENCE_MS));
  let dumpFailures = 0;
  for (let attempt = 1; ; attempt += 1) {
    const wait = lockTimeoutMs * Math.ceil(attempt / ATTEMPTS_A_WAIT);
    const attempted = { includeUnlogged, lockTimeoutMs: wait, leaveOutUnreadable, exclusion, whenNeeded, base };
    const result = await tryCut(address, attempted, { ...context, logUntil });
    if ('cut' in result) return result;
    if (saysDumpFailed(result.error) && ++dumpFailures === DUMP_ATTEMPTS) throw result.error;
    if (attempt === CUT_ATTEMPTS) throw await tablesBusy(address, result, context);
    const ms = Math.min(BETWEEN_ATTEMPTS_MS * attempt, LONGEST_PAUSE * lockTimeoutMs);
    await pause(ms, undefined, { signal: context.signal }).catch(() => undefined);
    context.signal.throwIfAborted();
  }
}

/** Why a cut did not settle. */
export interface Unsettled {
  tables: LockedRelation[];
  changed?: LockedRelation;
  error?: unknown;
}

async function tryCut(
  address: DatabaseAddress,
  {
    includeUnlogged,
    lockTimeoutMs,
    leaveOutUnreadable,
    exclusion,
    whenNeeded,
    base,
  }: Required<Omit<SettledCutOptions, 'base' | 'logPatienceMs'>> & {
    base: DatabaseBase | undefined;
  },
  context: { signal: AbortSignal; logUntil: number },
): Promise<SettledCut | Unsettled> {
  const cut = await openCut(address, context);
  const { client } = cut;
  let locked: LockedRelation[] = [];
  let dump: Promise<StartedDump> | undefined;
  const close = async () => {
    const started = await dump?.catch(() => undefined);
    await started?.stop();
    await cut.close();
  };
  try {
    await setLockTimeout(cut, Math.min(lockTimeoutMs, OWN_LOCK_TIMEOUT_MS));
    const without = leaveOutUnreadable ? await readUnreadable(client) : NOTHING_UNREADABLE;
    const unreadable = new Set(without.relations.map(({ oid }) => oid));
    const readable = <T extends { oid: number }>(all: T[]) => all.filter(({ oid }) => !unreadable.has(oid));
    const inventory = readable(await readInventory(client, { includeUnlogged }));
    const decided = await decideLeftOut(client, exclusion, { inventory, whenNeeded });
    const { leftOut } = decided;
    const undumped = new Set(leftOut.undumped.map(({ oid }) => oid));
    const emptied = new Set(leftOut.rowsOf.map(({ oid }) => oid));
    const dumped = inventory.filter(({ oid }) => !undumped.has(oid));
    const tables = dumped.filter(({ oid }) => !emptied.has(oid));
    const alsoLocked = dumped
      .filter(({ oid }) => emptied.has(oid))
      .map(({ oid, schema, name }) => ({ oid, schema, name }));
    const others = readable(await readOthersLocked(client, dumped)).filter(({ oid }) => !undumped.has(oid));
    locked = [...tables, ...alsoLocked, ...others];
    const changed = await lockTables(client, locked);
    if (changed) {
      await close();
      return { tables: locked, changed };
    }
    const { signal } = context;
    const known = decideDefinitions(base, cut);
    // What is left out is in no catalogue.
    const readState = async () => (leaveOutUnreadable ? undefined : readDefinitionsState(cut, [...undumped]));
    let state = known && (await readState());
    const carried = known && state === known.state ? known : undefined;
    const relations = [...without.relations, ...leftOut.undumped];
    if (!carried) dump = StartedDump.start(address, cut, { signal, lockTimeoutMs, without: { ...without, relations } });
    // Its failure is met below.
    dump?.catch(() => undefined);
    const facts = await readCutFacts(cut, tables, { unreadable: new Set([...unreadable, ...undumped]), leftOut });
    const needs = await readNeeds(cut);
    needs.findings.push(...leftOutOf(without));
    let definitions: SettledDefinitions;
    if (dump) {
      if (!known) state = await readState();
      const description = await KeptDescription.read(address, cut, {
        ...{ signal, lockTimeoutMs, without: leftOut.undescribed },
      });
      definitions = { from: 'server', dump: await dump, description, state };
    } else definitions = { from: 'base', base: carried! };
    // Whoever holds something that we still come to need, like an index that is made anew, does not wait for us.
    await setLockTimeout(cut, 0);
    return { ...facts, ...decided, cut, tables, needs, definitions, close };
  } catch (error) {
    await close();
    context.signal.throwIfAborted();
    if (isPassing(error)) return { tables: locked, error };
    throw toEngineError(error, address);
  }
}

/** The base's, where a cut of its history may turn out to have the same. */
function decideDefinitions(base: DatabaseBase | undefined, { moment, major }: Cut): BaseDefinitions | undefined {
  return decideLineage(base?.lineage, { ...moment, major }).continues ? base?.definitions : undefined;
}

function setLockTimeout({ client }: Cut, ms: number): Promise<unknown> {
  return client.query(`SELECT pg_catalog.set_config('lock_timeout', $1, true)`, [String(ms)]);
}

/** Whether another attempt may do better. */
function isPassing(error: unknown): boolean {
  if (saysRelationGone(error) || LOCKED.has(sqlState(error) ?? '')) return true;
  return error instanceof EngineError && (error.code === 'tables-busy' || saysDumpFailed(error));
}

function saysDumpFailed(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'dump-failed';
}
