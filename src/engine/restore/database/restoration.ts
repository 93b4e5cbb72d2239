import type { Client } from 'pg';
import type { SegmentEntry } from '../../../vault/manifests/manifest-database.js';
import { explained, isRefusal } from '../../postgres/connection/postgres-errors.js';
import { quoteIdentifier } from '../../postgres/sql/quote.js';
import type { WorkContext } from '../../progress.js';
import { addForeignKeys } from './definitions/add-foreign-keys.js';
import { compareContents, compareGenerated } from './comparison/compare-values.js';
import { analyzableTables, refreshViews, setSequences } from './definitions/complete-database.js';
import { DefinitionQueue } from './definitions/definition-queue.js';
import { workOff } from './definitions/definition-work.js';
import { chooseHashedTables } from './comparison/hashed-tables.js';
import { type BuildSession, type BuildSessions, oneOf, onSessions } from './build-sessions.js';
import { readLoadOrder } from './order/load-order.js';
import { type NotedDatabase, noteTables, readHorizon, type TablesNoting } from '../notes/note-tables.js';
import { loadTables } from './rows/load-tables.js';
import { type DefinitionPlan, planDefinitions } from './order/plan-definitions.js';
import { QuietTriggers } from './definitions/quiet-triggers.js';
import { RestoredObjects } from './definitions/restored-objects.js';
import type { RestorationPlan, RestoredDatabase } from './restoration-plan.js';
import type { RestoreWarning } from './restore-warning.js';
import { DefinitionRunner } from './definitions/run-definitions.js';
import type { DefinitionsScript } from './script/definitions-script.js';
import type { ScriptEntry } from './script/script-entry.js';
import { SecondTry } from './definitions/second-try.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import { verifyDatabase } from './comparison/verify-database.js';

/**
 * One restore into an empty database that is closed to everybody else. In this order: definitions that come before rows;
 * rows, with the indexes and constraints of a table that call nobody's functions as soon as its rows are in; comparison of the rows;
 * whatever may call somebody's functions, which finds all rows there; foreign keys and the rest; sequences; owners and privileges;
 * materialised views; statistics; comparison of the definitions; event triggers.
 */
export class Restoration {
  private readonly warnings: RestoreWarning[] = [];
  private readonly secondTry: SecondTry;
  private bytesDone = 0;

  constructor(
    private readonly what: RestorationPlan,
    private readonly script: DefinitionsScript,
    private readonly sessions: BuildSessions,
    private readonly context: WorkContext,
  ) {
    this.secondTry = new SecondTry(what.survey.database.searchPath);
  }

  async run(): Promise<RestoredDatabase> {
    const { script, sessions } = this;
    const { address, survey, verification, snapshotId } = this.what;
    const { encoding } = survey.database.properties;

    this.say('Restoring the definitions.');
    const objects = await this.onOneSession(async (session) =>
      RestoredObjects.begin(this.what, await session.for('writing'), sessions.signal),
    );
    const runner = await this.runner(objects);
    await this.onOneSession(async (session) =>
      objects.restoreBeforeRows(await session.for('writing'), runner, script.entries),
    );
    const order = await this.onOneSession(async (session) => readLoadOrder(await session.for('writing')));
    const plan = planDefinitions(script.entries, survey.tables.values(), order);
    await this.inOrder(runner, plan.ofEmptyTables);
    const names = new Set([...survey.tables.values()].map(qualifiedName));
    const triggers = await this.onOneSession(async (session) =>
      QuietTriggers.silence(await session.for('writing'), names),
    );
    this.warnings.push(...triggers.warnings);

    this.say('Loading the rows and building the indexes.');
    let horizon: string | undefined;
    const hashes = await loadTables({
      ...{ sessions, address, survey, script, runner, secondTry: this.secondTry, plan, order },
      segments: () => this.segments(),
      read: (content) => this.what.vault.readContent(this.what.project, content),
      hashed: chooseHashedTables(survey.tables.values(), verification, snapshotId),
      beforeFunctions: async () => {
        horizon = await this.onOneSession(async (session) => readHorizon(await session.for('writing')));
      },
      onBytes: (bytes) => this.advance(bytes),
    });

    this.say('Comparing the rows with the snapshot.');
    const tables = [...survey.tables.values()];
    // Where nothing but COPY puts rows in, it has counted them: segment by segment, into a table that was empty.
    const isAlone = order.last.size === 0 && triggers.warnings.length === 0;
    const left = tables.filter((table) => !isAlone || hashes.has(table.table) || table.condition !== undefined);
    await verifyDatabase({ sessions, address, tables: left, order, secondTry: this.secondTry, encoding, hashes });
    const comparedHorizon = await this.onOneSession(async (session) => readHorizon(await session.for('reading')));
    const generated = await compareGenerated(sessions, this.secondTry, tables, order);
    this.warnings.push(...generated.warnings);

    await this.onOneSession(async (session) => triggers.wake(await session.for('writing')));

    this.say('Adding foreign keys and what else follows the rows.');
    await this.addRest(runner, plan);
    await this.onOneSession(async (session) => objects.restorePolicies(await session.for('writing')));
    // Before the privileges: an owner may have taken them from itself.
    await this.onOneSession(async (session) => setSequences(await session.for('writing'), survey.sequences));
    await this.onOneSession(async (session) =>
      objects.restoreAccess(await session.for('writing'), runner, script.entries),
    );
    await this.evaluate();
    this.say('Comparing the definitions with the snapshot.');
    await this.onOneSession(async (session) => objects.compare(await session.for('reading')));
    this.warnings.push(...(await compareContents(sessions, this.secondTry, survey.contents)));
    await this.onOneSession(async (session) => this.what.beforeEventTriggers?.(await session.for('evaluating')));
    const notes = await this.note(objects.otherTables, { survey, order, horizon, unsure: generated.otherValues });
    await this.addEventTriggers(runner, objects, plan.eventTriggers);
    this.warnings.push(...objects.warnings, ...this.secondTry.warnings());
    return {
      tables: tables.length,
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      comparedTables: hashes.size,
      ...{ missingRoles: objects.missingRoles, warnings: this.warnings, horizon: comparedHorizon },
      ...(notes && { notes }),
    };
  }

  /**
   * When all is there: constraints and privileges of columns write their rows of the catalogue. Not after event triggers, which the mark would run.
   * Where something that shapes a row's text has become another one than was captured, nobody knows what the text of a row would be.
   */
  private async note(
    otherTables: ReadonlySet<string> | 'all',
    { horizon, unsure, ...noting }: Omit<TablesNoting, 'horizon'> & { horizon: string | undefined },
  ): Promise<NotedDatabase | undefined> {
    const { takesNotes = false, beforeEventTriggers } = this.what;
    if (!takesNotes || beforeEventTriggers || horizon === undefined || otherTables === 'all') return undefined;
    const all = { ...noting, horizon, unsure: new Set([...unsure, ...otherTables]) };
    return this.onOneSession(async (session) => noteTables(await session.for('reading'), all));
  }

  private async addEventTriggers(
    runner: DefinitionRunner,
    objects: RestoredObjects,
    entries: readonly ScriptEntry[],
  ): Promise<void> {
    if (entries.length === 0) return;
    await this.inOrder(runner, entries);
    await this.onOneSession(async (session) => objects.finishEventTriggers(await session.for('writing')));
    if (this.what.keepOwnersAndPrivileges) return;
    await this.onOneSession(async (session) => this.quietEventTriggers(await session.for('writing')));
  }

  /** A copy for somebody else takes part in nothing: what they do may reach beyond the database. */
  private async quietEventTriggers(client: Client): Promise<void> {
    const { rows } = await client.query<{ name: string }>(
      "SELECT evtname::text AS name FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1",
    );
    if (rows.length === 0) return;
    const names = rows.map(({ name }) => quoteIdentifier(name));
    for (const name of names) await client.query(`ALTER EVENT TRIGGER ${name} DISABLE`);
    const message = `Event triggers are switched off in this copy; enable those that belong there: ${names.join(', ')}.`;
    this.warnings.push({ code: 'event-triggers-disabled', message });
  }

  private async runner(objects: RestoredObjects): Promise<DefinitionRunner> {
    const { address, survey } = this.what;
    const tablespaces = await this.onOneSession(async (session) => {
      const { rows } = await (
        await session.for('writing')
      ).query<{ name: string }>('SELECT spcname::text AS name FROM pg_catalog.pg_tablespace');
      return new Set(rows.map(({ name }) => name));
    });
    return new DefinitionRunner({
      ...{ script: this.script, address, tablespaces, secondTry: this.secondTry },
      encoding: survey.database.properties.encoding,
      warn: (warning) => this.warnings.push(warning),
      isTakenOver: (entry, error) => objects.takesOver(entry, error),
    });
  }

  private async addRest(runner: DefinitionRunner, plan: DefinitionPlan): Promise<void> {
    const { script, sessions } = this;
    const { tables } = this.what.survey;
    const queue = new DefinitionQueue();
    for (const { entry, table } of plan.ofAllRows) {
      queue.add({ entries: [entry], tables: [table], alone: entry.hasMore, bytes: tables.get(table)!.bytes });
    }
    await workOff(queue, sessions, runner);
    await this.inOrder(runner, plan.rest);
    const { foreignKeys } = plan;
    await addForeignKeys({ sessions, runner, entries: script.entries, tables: tables.values(), foreignKeys });
    await this.inOrder(runner, plan.afterForeignKeys);
  }

  /** Views after the privileges: one is refreshed with its owner's, who needs them on what it reads. */
  private async evaluate(): Promise<void> {
    const { materializedViews: views } = this.what.survey;
    await this.onOneSession(async (session) =>
      refreshViews(await session.for('evaluating'), {
        views,
        secondTry: this.secondTry,
        onView: (name) => this.say(`Refreshing the materialised view ${name}.`),
        warn: (warning) => this.warnings.push(warning),
      }),
    );
    this.say('Gathering statistics.');
    // So that the first queries are not slow. Whoever cannot be asked (a function that raises, another server) is passed over:
    // statistics are no reason to fail.
    const tables = (
      await this.onOneSession(async (session) => analyzableTables(await session.for('reading')))
    ).values();
    await onSessions(this.sessions, async (session, signal) => {
      for (const table of tables) {
        signal.throwIfAborted();
        const client = await session.for('evaluating');
        await this.secondTry
          .quietly(client, () => client.query(`ANALYZE ${table}`))
          .catch((error: unknown) => {
            if (!isRefusal(error)) throw explained(error, this.what.address);
          });
      }
    });
  }

  private async inOrder(runner: DefinitionRunner, entries: readonly ScriptEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.onOneSession(async (session, signal) =>
      runner.run(await session.for('writing'), entries, { signal, together: true }),
    );
  }

  private async onOneSession<T>(work: (session: BuildSession, signal: AbortSignal) => Promise<T>): Promise<T> {
    let result!: T;
    await onSessions(oneOf(this.sessions), async (session, signal) => {
      try {
        result = await work(session, signal);
      } catch (error) {
        throw explained(error, this.what.address);
      }
    });
    return result;
  }

  private async *segments(): AsyncIterable<SegmentEntry> {
    const { vault, project, snapshotId } = this.what;
    for await (const entry of vault.readEntries(project, snapshotId)) if (entry.kind === 'segment') yield entry;
  }

  private advance(bytes: number): void {
    this.bytesDone += bytes;
    this.say();
  }

  private say(message?: string): void {
    this.context.progress.report({
      phase: 'stage-database',
      bytesDone: this.bytesDone,
      bytesTotal: this.what.survey.dataBytes,
      ...(message ? { message } : {}),
    });
  }
}
