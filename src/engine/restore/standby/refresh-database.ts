import type { Client } from 'pg';
import type { VaultReader } from '../../../vault/vault.js';
import { MOST_TRANSACTIONS } from '../../capture/database/history/lineage.js';
import { testStatement } from '../../capture/database/segments/segment-statements.js';
import { enterAndClose } from '../../postgres/connection/closed-database.js';
import { withConnection } from '../../postgres/connection/connect.js';
import { writeNotedTables } from '../../notes/noted-tables.js';
import type { NotesSink } from '../../notes/restored-notes.js';
import { readDatabaseBytes } from '../../postgres/databases/database-sizes.js';
import { capturedState } from '../../postgres/properties/captured-properties.js';
import { putProperties } from '../../postgres/properties/put-properties.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { readDescription } from '../../postgres/description/description-content.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { WorkContext } from '../../progress.js';
import { BuildSession, type BuildSessions, buildSettings, onSessions } from '../database/build-sessions.js';
import { compareContents, compareGenerated } from '../database/comparison/compare-values.js';
import { verifyDatabase } from '../database/comparison/verify-database.js';
import { refreshViews, setSequences } from '../database/definitions/complete-database.js';
import { RestoredObjects } from '../database/definitions/restored-objects.js';
import { SecondTry } from '../database/definitions/second-try.js';
import type { DatabaseSurvey } from '../database/order/database-survey.js';
import { type LoadOrder, readLoadOrder } from '../database/order/load-order.js';
import type { RestoreWarning } from '../database/restore-warning.js';
import { noteTables, readHorizon, type TablesNoting } from '../notes/note-tables.js';
import { momentOf } from './build-standby.js';
import type { BuiltDatabase } from './built-standby.js';
import type { ChangedSegments } from './changed-segments.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';
import { loadChanges, type LoadedRows } from './load-changes.js';
import { requireReplaced } from './replace-rows.js';

const INDEX_MEMORY_BYTES = 256 * 1024 * 1024;

export interface DatabaseRefresh {
  project: string;
  snapshotId: string;
  vault: VaultReader;
  /** What it holds, untouched since it was closed; the caller has looked. */
  built: BuiltDatabase;
  /** What it is to hold, and what of that differs. */
  survey: DatabaseSurvey;
  changes: readonly ChangedSegments[];
  address: DatabaseAddress;
  maintenance: DatabaseAddress;
  /** Of the live database, in whose image it was made. */
  liveOid: number;
  serverMajor: number;
  /** See `StageRequest`. */
  notes?: NotesSink;
}

export interface RefreshedDatabase {
  built: BuiltDatabase;
  tables: number;
  rows: number;
  warnings: readonly RestoreWarning[];
}

/**
 * Makes a closed database that holds one snapshot into another one with the same definitions: replaces the rows of segments that differ
 * where a key tells them apart, else empties and loads their tables, and compares all of it. What was loaded is compared row by row. Of all
 * other rows it is shown that they are the ones that were compared when it was built: there are as many, and none is younger (the test of a
 * differential capture). Sequences and materialised views are set anew, and what its catalogues say is compared with the snapshot.
 *
 * Rejects with `RefreshInDoubt`, or with what is wrong; either way nobody knows any more what is in the database.
 */
export async function refreshDatabase(refresh: DatabaseRefresh, context: WorkContext): Promise<RefreshedDatabase> {
  const { maintenance, address, built } = refresh;
  const broken = new AbortController();
  const signal = AbortSignal.any([context.signal, broken.signal]);
  const closed = await enterAndClose({
    ...{ maintenance, address: { ...address, database: built.name }, oid: built.oid, signal },
    ...{ connections: 1, settings: buildSettings(INDEX_MEMORY_BYTES), isEmpty: false },
  });
  let refreshed: ComparedRefresh;
  try {
    const sessions: BuildSessions = {
      sessions: closed.clients.map((client) => new BuildSession(client, INDEX_MEMORY_BYTES)),
      signal: context.signal,
      abandon: (reason) => broken.abort(reason),
    };
    refreshed = await new Refresh(refresh, sessions, context).run();
  } finally {
    await closed.close();
  }
  const { horizon, ...rest } = refreshed;
  return { ...rest, built: await finish(refresh, horizon, closed.closedXmin, context.signal) };
}

/** The properties of the database itself come last, as in a build. */
async function finish(
  refresh: DatabaseRefresh,
  horizon: string,
  closedXmin: string,
  signal: AbortSignal,
): Promise<BuiltDatabase> {
  const { built, survey, maintenance, liveOid } = refresh;
  const state = capturedState(survey.database.properties);
  // What could not be set of the same settings cannot be set of these.
  const captured = state && { ...state, settings: built.captured?.settings ?? state.settings };
  const proof = await putProperties(
    maintenance,
    { liveOid, shadowOid: built.oid, shadow: built.name },
    { source: captured ?? 'live', closedXmin, signal },
  );
  return withConnection(maintenance, { signal }, async (client) => {
    const { captured: _, ...same } = built;
    const bytes = await readDatabaseBytes(client, built.oid);
    return {
      ...same,
      ...(captured && { captured }),
      ...{ at: await momentOf(client), horizon },
      closedXmin: proof,
      onDisk: false,
      bytes,
    };
  });
}

interface ComparedRefresh extends Omit<RefreshedDatabase, 'built'> {
  /** See `BuiltDatabase.horizon`. */
  horizon: string;
}

class Refresh {
  private readonly warnings: RestoreWarning[] = [];
  private readonly secondTry: SecondTry;
  private readonly names: ReadonlySet<string>;

  constructor(
    private readonly what: DatabaseRefresh,
    private readonly sessions: BuildSessions,
    private readonly context: WorkContext,
  ) {
    this.secondTry = new SecondTry(what.survey.database.searchPath);
    this.names = new Set(what.changes.map(({ wanted }) => qualifiedName(wanted)));
  }

  async run(): Promise<ComparedRefresh> {
    const { survey } = this.what;
    const tables = [...survey.tables.values()];
    const order = await this.on('writing', (client) => readLoadOrder(client, { isComplete: true }));
    await this.on('writing', (client) => this.requireSimple(client, order));

    const loaded = await this.on('writing', (client) => this.load(client));
    this.say('Comparing the rows with the snapshot.');
    await this.compareRows(loaded, order);
    const { secondTry, sessions } = this;
    const horizon = await this.on('reading', readHorizon);
    const generated = await compareGenerated(sessions, secondTry, tables, order);
    this.warnings.push(...generated.warnings);

    await this.on('writing', (client) => setSequences(client, survey.sequences));
    await this.on('evaluating', (client) => this.evaluate(client));
    this.say('Comparing the definitions with the snapshot.');
    const otherTables = await this.compareDefinitions();
    this.warnings.push(...(await compareContents(sessions, secondTry, survey.contents)), ...secondTry.warnings());
    if (otherTables !== 'all')
      await this.note({ survey, order, horizon, unsure: new Set([...generated.otherValues, ...otherTables]) });
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return { tables: tables.length, rows, warnings: this.warnings, horizon };
  }

  /** As at the end of a build; of event triggers, which the mark would run, there are none that are on. */
  private async note(noting: TablesNoting): Promise<void> {
    const { notes } = this.what;
    const noted = notes && (await this.on('reading', (client) => noteTables(client, noting)));
    if (!noted) return;
    await notes.lineage(noted.lineage);
    await writeNotedTables(notes, noted.tables);
  }

  /** Whatever may do more than put rows in is left to a build. */
  private async requireSimple(client: Client, order: LoadOrder): Promise<void> {
    const isSpecial = (name: string) =>
      order.last.has(name) || order.throughRoot.has(name) || order.ofExtensions.has(name);
    if ([...this.names].some(isSpecial)) throw new RefreshInDoubt('Rows of a table that has changed call functions.');
    const { rows } = await client.query<{ obstacle: string }>(OBSTACLES, [[...this.names]]);
    if (rows[0]) throw new RefreshInDoubt(`The database has ${rows[0].obstacle}.`);
  }

  private async load(client: Client): Promise<LoadedRows[]> {
    if (this.what.changes.length === 0) return [];
    this.say('Loading the rows that have changed.');
    const { secondTry, warnings } = this;
    return loadChanges(client, this.what, { secondTry, warn: (warning) => warnings.push(warning) });
  }

  private async compareRows(loaded: readonly LoadedRows[], order: LoadOrder): Promise<void> {
    const { sessions, secondTry } = this;
    const { survey, built } = this.what;
    const { encoding } = survey.database.properties;
    const address = { ...this.what.address, database: built.name };
    const whole = loaded.filter((one) => 'hash' in one);
    const tables = whole.map(({ change }) => change.wanted);
    const hashes = new Map(whole.map(({ change, hash }) => [change.wanted.table, hash]));
    await verifyDatabase({ sessions, address, tables, order, secondTry, encoding, hashes });
    await this.on('reading', async (client) => {
      await this.requireUntouched(client);
      for (const one of loaded)
        if ('replaced' in one)
          await requireReplaced(client, one.change, one.replaced, { horizon: built.horizon, encoding });
    });
  }

  /** As many rows as the snapshot has, and none of them younger than what was compared. */
  private async requireUntouched(client: Client): Promise<void> {
    const { horizon } = this.what.built;
    const { rows: since } = await client.query<{ ids: string }>(
      `SELECT (pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::numeric - $1::numeric)::text AS ids`,
      [horizon],
    );
    const ids = BigInt(since[0]!.ids);
    if (ids < 0n || ids > MOST_TRANSACTIONS) throw new RefreshInDoubt('There were too many transactions since.');
    for (const table of this.what.survey.tables.values()) {
      if (this.names.has(qualifiedName(table))) continue;
      if (table.condition !== undefined) throw new RefreshInDoubt('A table has rows that are not the snapshot’s.');
      this.context.signal.throwIfAborted();
      const { rows } = await client.query<{ same: boolean }>(testStatement(table, { fromBlock: 0 }), [
        table.rows,
        horizon,
      ]);
      if (rows[0]?.same !== true) throw new RefreshInDoubt(`Rows of ${qualifiedName(table)} were touched.`);
    }
  }

  private async evaluate(client: Client): Promise<void> {
    if (this.what.changes.length === 0) return;
    const warn = (warning: RestoreWarning) => this.warnings.push(warning);
    const { materializedViews: views } = this.what.survey;
    await refreshViews(client, { views, secondTry: this.secondTry, onView: () => undefined, warn });
    // What was taken out leaves room behind, which grows with every refresh unless it is given free.
    for (const name of this.names) await this.secondTry.quietly(client, () => client.query(`VACUUM (ANALYZE) ${name}`));
  }

  /** Resolves to `RestoredObjects.otherTables`. */
  private async compareDefinitions(): Promise<RestoredObjects['otherTables']> {
    const { vault, project, snapshotId, survey, serverMajor, address } = this.what;
    const description = () => readDescription(vault.readContent(project, survey.description!));
    const restored = { project, snapshotId, vault, survey, address, serverMajor, description };
    const what = { ...restored, keepOwnersAndPrivileges: true, verification: 'all' as const };
    return this.on('reading', async (client) => {
      const objects = await RestoredObjects.begin(what, client, this.context.signal);
      await objects.compare(client);
      await objects.finishEventTriggers(client);
      if (objects.warnings.some(({ weight }) => weight !== undefined)) throw new RefreshInDoubt('Definitions differ.');
      return objects.otherTables;
    });
  }

  private async on<T>(purpose: 'writing' | 'reading' | 'evaluating', work: (client: Client) => Promise<T>): Promise<T> {
    let result!: T;
    await onSessions(this.sessions, async (session) => {
      result = await work(await session.for(purpose));
    });
    return result;
  }

  private say(message: string): void {
    this.context.progress.report({ phase: 'stage-database', message });
  }
}

/** $1: qualified names of the tables that have changed. */
const OBSTACLES = `
  SELECT 'large objects' AS obstacle WHERE EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
  UNION ALL SELECT 'event triggers' WHERE EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D')
  UNION ALL SELECT 'foreign keys of partitioned tables' WHERE EXISTS (
    SELECT FROM pg_catalog.pg_constraint c WHERE c.contype = 'f'
       AND (c.conrelid = ANY ($1::pg_catalog.regclass[]) OR c.confrelid = ANY ($1::pg_catalog.regclass[]))
       AND (c.conparentid <> 0 OR EXISTS (
         SELECT FROM pg_catalog.pg_class t WHERE t.oid IN (c.conrelid, c.confrelid) AND (t.relkind <> 'r' OR t.relispartition))))
  UNION ALL SELECT 'rows that are stored in another way' WHERE EXISTS (
    SELECT FROM pg_catalog.pg_class t JOIN pg_catalog.pg_am m ON m.oid = t.relam
     WHERE t.relkind = 'r' AND t.oid >= 16384 AND m.amhandler <> 'pg_catalog.heap_tableam_handler'::pg_catalog.regproc)`;
