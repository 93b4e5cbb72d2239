import type { Client } from 'pg';
import { EngineError } from '../../../engine-error.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { isRefusal, saysNameUnknown, sqlState, toEngineError } from '../../../postgres/connection/postgres-errors.js';
import { sendScript } from '../../../postgres/sql/send-script.js';
import type { DefinitionsScript } from '../script/definitions-script.js';
import { type ScriptEntry, unquoted } from '../script/script-entry.js';
import type { SecondTry } from './second-try.js';
import type { RestoreWarning } from '../restore-warning.js';

/** Of definitions that are sent together: a database can have tens of thousands. */
const BATCH_BYTES = 64 * 1024;
const BATCH_ENTRIES = 100;

/**
 * What a database is no worse for than the server's own tools would leave it: they report it and go on. By type; a reason
 * is looked for in what kind of error it was: a role that is not there, a privilege that ours lacks.
 */
const MAY_BE_MISSING: ReadonlySet<string> = new Set([
  'COMMENT',
  'SECURITY LABEL',
  'USER MAPPING',
  'DEFAULT ACL',
  'ACL',
]);
const NOT_ALLOWED = new Set(['42501', '42704', '22023', '0LP01', '0A000']);

export interface DefinitionTarget {
  script: DefinitionsScript;
  address: DatabaseAddress;
  /** Of the archive, as PostgreSQL names it. */
  encoding: string;
  secondTry: SecondTry;
  /** Those the server has; what lay in another one comes into the database's own. */
  tablespaces: ReadonlySet<string>;
  warn: (warning: RestoreWarning) => void;
  /** True when somebody else restores what has just failed. */
  isTakenOver: (entry: ScriptEntry, error: unknown) => boolean;
}

export interface RunOptions {
  signal: AbortSignal;
  together: boolean;
  /** Gets what fails for want of a name, and what stands on that; it is not there then. Left out: it is a failure. */
  waiting?: WaitingEntries;
}

/** Entries that could not be restored yet. */
export class WaitingEntries {
  readonly entries: ScriptEntry[] = [];
  private readonly ids = new Set<number>();

  needs({ dependsOn }: ScriptEntry): boolean {
    return dependsOn.some((id) => this.ids.has(id));
  }

  add(entry: ScriptEntry): void {
    this.entries.push(entry);
    this.ids.add(entry.id);
  }
}

/** Sends entries of a script to the database that is being rebuilt. */
export class DefinitionRunner {
  private readonly elsewhere = new Set<string>();

  constructor(private readonly target: DefinitionTarget) {}

  /**
   * Runs these entries, in this order. `together`: many in one transaction, which is how small ones are fast; what fails is
   * done again by itself. Rejects with `EngineError('restore-failed' | 'disk-full' | 'database-…')` that names the entry and has
   * PostgreSQL's reason, or with `signal.reason`.
   */
  async run(client: Client, entries: readonly ScriptEntry[], { signal, together, waiting }: RunOptions): Promise<void> {
    await this.speak(client, this.target.encoding);
    try {
      for (const batch of together ? inBatches(entries) : entries.map((entry) => [entry])) {
        signal.throwIfAborted();
        await this.runBatch(client, batch, signal, waiting);
      }
    } finally {
      await this.speak(client, 'UTF8').catch(() => undefined);
    }
  }

  /**
   * Runs what comes before rows, in as many rounds as it takes. A function that names what the archive makes later is no
   * dependency that `pg_dump` knows, and is looked into when a table uses it. Rejects as `run` does.
   */
  async runInRounds(client: Client, entries: readonly ScriptEntry[], signal: AbortSignal): Promise<void> {
    for (let left = entries; left.length > 0;) {
      const waiting = new WaitingEntries();
      await this.run(client, left, { signal, together: true, waiting });
      // Nothing came of this round: what the first one says is the reason.
      if (waiting.entries.length === left.length) return this.run(client, left, { signal, together: false });
      left = waiting.entries;
    }
  }

  private async runBatch(
    client: Client,
    batch: readonly ScriptEntry[],
    signal: AbortSignal,
    waiting: WaitingEntries | undefined,
  ): Promise<void> {
    if (batch.length > 1 && !batch.some((entry) => waiting?.needs(entry))) {
      try {
        return await this.send(client, batch);
      } catch (error) {
        signal.throwIfAborted();
        if (!isRefusal(error)) throw this.explain(error, batch[0]!);
      }
    }
    for (const entry of batch) {
      signal.throwIfAborted();
      if (waiting?.needs(entry)) waiting.add(entry);
      else await this.runOne(client, entry, signal, waiting);
    }
  }

  private async runOne(
    client: Client,
    entry: ScriptEntry,
    signal: AbortSignal,
    waiting: WaitingEntries | undefined,
  ): Promise<void> {
    const { secondTry, warn, isTakenOver } = this.target;
    try {
      await secondTry.run(client, `${entry.type.toLowerCase()} ${entry.label}`, () => this.send(client, [entry]));
    } catch (error) {
      signal.throwIfAborted();
      if (isTakenOver(entry, error)) return;
      if (waiting && saysNameUnknown(error)) return waiting.add(entry);
      const explained = this.explain(error, entry);
      if (await this.isDoneWithoutOwner(client, entry, error)) {
        warn({ code: 'owner-not-restored', message: `${explained.message} It belongs to the environment's role.` });
        return;
      }
      if (!MAY_BE_MISSING.has(entry.type) || !NOT_ALLOWED.has(sqlState(error) ?? '')) throw explained;
      warn({ code: 'definition-not-restored', message: explained.message });
    }
  }

  /** Snapshots of older versions have owners in their entries' last statement, and only there. */
  private async isDoneWithoutOwner(client: Client, entry: ScriptEntry, error: unknown): Promise<boolean> {
    if (!NOT_ALLOWED.has(sqlState(error) ?? '')) return false;
    const statements = await this.target.script.statementsOf(entry);
    const at = statements.lastIndexOf('\nALTER ');
    if (at < 0 || !/^\nALTER [^;]* OWNER TO /.test(statements.toString('latin1', at))) return false;
    return sendScript(client, [Buffer.from(this.storageOf(entry)), statements.subarray(0, at)]).then(
      () => true,
      () => false,
    );
  }

  private async send(client: Client, entries: readonly ScriptEntry[]): Promise<void> {
    const statements: Buffer[] = [];
    for (const entry of entries) {
      statements.push(Buffer.from(this.storageOf(entry)), await this.target.script.statementsOf(entry));
    }
    await sendScript(client, statements);
  }

  /** Every entry says it for itself: the one before it in the script may have been run elsewhere. */
  private storageOf({ storage, label }: ScriptEntry): string {
    const name = storage.tablespace === "''" ? '' : unquoted(storage.tablespace);
    const isThere = name === '' || this.target.tablespaces.has(name);
    if (!isThere && !this.elsewhere.has(name)) {
      this.elsewhere.add(name);
      const message = `The server has no tablespace ${storage.tablespace}; ${label} and what else lay there is in the database's own one.`;
      this.target.warn({ code: 'tablespace-missing', message });
    }
    const tablespace = isThere ? storage.tablespace : "''";
    return `SET default_tablespace = ${tablespace};SET default_table_access_method = ${storage.accessMethod};\n`;
  }

  private async speak(client: Client, encoding: string): Promise<void> {
    if (this.target.encoding === 'UTF8') return;
    await client.query(`SET client_encoding TO '${encoding}'`);
  }

  private explain(error: unknown, entry: ScriptEntry): EngineError | Error {
    const { address } = this.target;
    if (!isRefusal(error)) {
      return error instanceof RangeError ? error : toEngineError(error, address);
    }
    if (sqlState(error) === '53100') return toEngineError(error, address);
    return new EngineError(
      'restore-failed',
      `The ${entry.type.toLowerCase()} ${entry.label} could not be restored into PostgreSQL at ${address.host}:${address.port}. PostgreSQL says: ${error.message}`,
      { cause: error },
    );
  }
}

function* inBatches(entries: readonly ScriptEntry[]): Iterable<ScriptEntry[]> {
  let batch: ScriptEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    batch.push(entry);
    bytes += entry.to - entry.from;
    if (bytes < BATCH_BYTES && batch.length < BATCH_ENTRIES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
