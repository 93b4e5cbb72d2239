import type { Client } from 'pg';
import type { MaterializedViewEntry } from '../../../vault/manifests/manifest-database.js';
import { readViewsOf } from '../../capture/database/tables/left-out-tables.js';
import { enterAndClose } from '../../postgres/connection/closed-database.js';
import { applySettings, openConnection } from '../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { explained, isRefusal, sqlState } from '../../postgres/connection/postgres-errors.js';
import { EVALUATING_SETTINGS, READING_SETTINGS, WRITING_SETTINGS } from '../../postgres/connection/session-settings.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { WorkContext } from '../../progress.js';
import { refreshViews } from '../database/definitions/complete-database.js';
import { QuietTriggers } from '../database/definitions/quiet-triggers.js';
import { SecondTry } from '../database/definitions/second-try.js';
import type { RestoreWarning } from '../database/restore-warning.js';
import type { StagedDatabase } from '../staging/staged.js';
import { copyRows } from './copy-rows.js';
import { differenceOf, readTables, type TableNow } from './same-tables.js';
import { keepSequences } from './keep-sequences.js';

/** A row refers to one that is not there. */
const FOREIGN_KEY_VIOLATION = '23503';
const SAVEPOINT = 'snapback_keep';
/** Whoever holds a live table may be what people want to get away from: its rows are left then. */
const LIVE_LOCK_TIMEOUT_MS = 3_000;

const LIVE_SETTINGS = { ...READING_SETTINGS, lock_timeout: String(LIVE_LOCK_TIMEOUT_MS) };

export interface RowsToKeep {
  /** Of the live database. */
  live: DatabaseAddress;
  staged: StagedDatabase;
  /** Tables that the staged database has no rows of. */
  rowsOf: readonly { schema: string; name: string }[];
  /** Materialised views, in the order in which they can be refreshed. */
  views: readonly MaterializedViewEntry[];
}

export interface KeptRows {
  tables: { schema: string; name: string; rows: number }[];
  /** Tables that stay empty, and why: the rest of "its rows were not kept because …". */
  emptied: { schema: string; name: string; reason: string }[];
  warnings: RestoreWarning[];
  /** What proves from now on that nobody was in the staged database. */
  closedXmin: string;
}

/**
 * Copies rows that a snapshot has left out from the live database, as one moment of it, into the staged one, with where their sequences stand: table by
 * table, where both are the same in both databases. It is one transaction: what an attempt before has put there is replaced. Triggers
 * do not fire; foreign keys are looked at, and a table with a row that refers to nothing stays empty. Materialised views that
 * look at such tables are filled anew. Memory does not grow with the rows.
 *
 * Rejects with an `EngineError` or `signal.reason`; nobody but us has been in the staged database then, but it cannot be told any more.
 */
export async function keepRows(request: RowsToKeep, context: WorkContext): Promise<KeptRows> {
  const { live, staged } = request;
  const { maintenance, names } = staged;
  const address = { ...live, database: names.shadow };
  const { signal } = context;
  const closed = await enterAndClose({
    ...{ maintenance, address, oid: names.expectedShadowOid, signal, connections: 1, settings: WRITING_SETTINGS },
    isEmpty: false,
  });
  try {
    const source = await openConnection(live, { signal, settings: LIVE_SETTINGS });
    try {
      const keeping = new Keeping(source.client, closed.clients[0]!, request, context);
      return { ...(await keeping.run()), closedXmin: closed.closedXmin };
    } catch (error) {
      signal.throwIfAborted();
      throw explained(error, live);
    } finally {
      await source.close();
    }
  } finally {
    await closed.close();
  }
}

class Keeping {
  private readonly kept: Omit<KeptRows, 'closedXmin'> = { tables: [], emptied: [], warnings: [] };

  constructor(
    private readonly live: Client,
    private readonly staged: Client,
    private readonly request: RowsToKeep,
    private readonly context: WorkContext,
  ) {}

  async run(): Promise<Omit<KeptRows, 'closedXmin'>> {
    const { live, staged } = this;
    const { rowsOf } = this.request;
    await live.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const [before, after] = [await readTables(live, rowsOf), await readTables(staged, rowsOf)];
    const encoding = await encodingOf(staged);
    const hasEventTriggers = await seesEventTriggers(staged);
    await staged.query('BEGIN');
    await this.empty(after);
    const same: TableNow[] = [];
    for (const table of rowsOf) {
      const there = after.get(qualifiedName(table));
      const reason = differenceOf(before.get(qualifiedName(table)), there);
      if (reason === undefined) same.push(there!);
      else this.kept.emptied.push({ ...table, reason });
    }
    const rest = hasEventTriggers ? await this.withoutTriggers(same) : same;
    const triggers = hasEventTriggers
      ? undefined
      : await QuietTriggers.silence(staged, new Set(rest.map(qualifiedName)));
    await this.copyAll(rest, encoding);
    await triggers?.wake(staged);
    await staged.query('COMMIT');
    await live.query('COMMIT');
    await this.finish(hasEventTriggers);
    return this.kept;
  }

  /** Of an attempt before, whose rollback did not come to its end. */
  private async empty(tables: ReadonlyMap<string, TableNow>): Promise<void> {
    const names = [...tables.values()].map((table) => `ONLY ${qualifiedName(table)}`);
    const full: string[] = [];
    for (const name of names) {
      const { rowCount } = await this.staged.query(`SELECT FROM ${name} LIMIT 1`);
      if (rowCount !== 0) full.push(name);
    }
    // All of them, since they may refer to each other.
    if (full.length > 0) await this.staged.query(`TRUNCATE ${names.join(', ')}`);
  }

  /** Switching triggers off is a change of definitions, which event triggers would answer. */
  private async withoutTriggers(tables: readonly TableNow[]): Promise<TableNow[]> {
    const { rows } = await this.staged.query<{ oid: number }>(
      `SELECT DISTINCT tgrelid AS oid FROM pg_catalog.pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgrelid = ANY ($1::pg_catalog.oid[])`,
      [tables.map(({ oid }) => oid)],
    );
    const noisy = new Set(rows.map(({ oid }) => oid));
    const reason = 'its triggers cannot be kept from firing where there are event triggers';
    for (const { oid, schema, name } of tables) if (noisy.has(oid)) this.kept.emptied.push({ schema, name, reason });
    return tables.filter(({ oid }) => !noisy.has(oid));
  }

  /** Those that refer to others may have to wait for them: as long as one comes in, the rest are tried again. */
  private async copyAll(tables: readonly TableNow[], encoding: string): Promise<void> {
    let waiting = [...tables];
    for (let before = Infinity; waiting.length > 0 && waiting.length < before;) {
      before = waiting.length;
      const left: TableNow[] = [];
      for (const table of waiting) if (!(await this.copy(table, encoding))) left.push(table);
      waiting = left;
    }
    const reason = 'some of them refer to rows that are not in the snapshot';
    for (const { schema, name } of waiting) this.kept.emptied.push({ schema, name, reason });
  }

  /** False when it refers to rows that are not there (yet). */
  private async copy(table: TableNow, encoding: string): Promise<boolean> {
    const { schema, name, columns } = table;
    const { live, staged } = this;
    this.context.progress.report({ phase: 'verify', message: `Keeping the live rows of ${qualifiedName(table)}` });
    for (const client of [live, staged]) await client.query(`SAVEPOINT ${SAVEPOINT}`);
    try {
      const rows = await copyRows(live, staged, { table: { schema, name, columns }, encoding });
      // At once, so that it can be told of this table.
      await staged.query('SET CONSTRAINTS ALL IMMEDIATE');
      await keepSequences(live, staged, table);
      this.kept.tables.push({ schema, name, rows });
      for (const client of [live, staged]) await client.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      for (const client of [live, staged]) await client.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      if (sqlState(error) === FOREIGN_KEY_VIOLATION) return false;
      this.kept.emptied.push({ schema, name, reason: `PostgreSQL says: ${error.message}` });
      return true;
    }
  }

  private async finish(hasEventTriggers: boolean): Promise<void> {
    const { staged } = this;
    const tables = await readTables(staged, this.kept.tables);
    if (tables.size === 0) return;
    const looking = await readViewsOf(
      staged,
      [...tables.values()].map(({ oid }) => oid),
    );
    const names = new Set(looking.map(qualifiedName));
    const views = this.request.views.filter((view) => names.has(qualifiedName(view)));
    if (views.length > 0 && hasEventTriggers) {
      const message = `Materialised views look at rows that were kept, and were filled without them, since event triggers would answer; refresh them: ${views.map(qualifiedName).join(', ')}.`;
      this.kept.warnings.push({ code: 'materialized-view-not-refreshed', message });
    } else if (views.length > 0) {
      await applySettings(staged, EVALUATING_SETTINGS);
      const { rows } = await staged.query<{ path: string[] }>(
        'SELECT pg_catalog.current_schemas(false)::text[] AS path',
      );
      await refreshViews(staged, {
        views,
        secondTry: new SecondTry(rows[0]!.path),
        onView: (name) => this.context.progress.report({ phase: 'verify', message: `Refreshing ${name}` }),
        warn: (warning) => this.kept.warnings.push(warning),
      });
    }
    for (const table of tables.values()) {
      await staged.query(`ANALYZE ${qualifiedName(table)}`).catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
      });
    }
  }
}

async function encodingOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ encoding: string }>(
    'SELECT pg_catalog.pg_encoding_to_char(encoding)::text AS encoding FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()',
  );
  return rows[0]!.encoding;
}

async function seesEventTriggers(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_catalog.pg_event_trigger WHERE evtenabled IN ('O', 'A') LIMIT 1",
  );
  return rowCount !== 0;
}
