import type { Client } from 'pg';
import { serverReasonOf, saysNameUnknown } from '../../../postgres/connection/postgres-errors.js';
import { quoteIdentifier } from '../../../postgres/sql/quote.js';
import type { RestoreWarning } from '../restore-warning.js';

/** Of what needed the path; the others are counted. */
const NAMED = 20;

/**
 * PostgreSQL's tools, and we, work with an empty `search_path`, and code that leaves schemas out fails under it. When, and only
 * when, something fails because a name was not found, it is done again under the path that the environment's role had when the
 * snapshot was taken: what is found there then is what the application finds there every day.
 */
export class SecondTry {
  private readonly needed = new Set<string>();
  private more = 0;

  /** `path`: the schemas, in order; undefined where nobody noted them. */
  constructor(private readonly path: readonly string[] | undefined) {}

  /** Runs `work`, perhaps twice; it leaves nothing behind when it fails. Rejects with its last failure. */
  run<T>(client: Client, what: string, work: () => Promise<T>): Promise<T> {
    return this.tryTwice(client, work, () => this.note(what));
  }

  /** The same for what leaves no trace in the database, so that nobody need know. */
  quietly<T>(client: Client, work: () => Promise<T>): Promise<T> {
    return this.tryTwice(client, work, () => undefined);
  }

  private async tryTwice<T>(client: Client, work: () => Promise<T>, needed: () => void): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!this.path || this.path.length === 0 || !saysNameUnknown(serverReasonOf(error))) throw error;
      // One that is not there (yet) is passed over by the server.
      await client.query(`SET search_path TO ${this.path.map(quoteIdentifier).join(', ')}`);
      try {
        const result = await work();
        needed();
        return result;
      } finally {
        await client.query("SELECT pg_catalog.set_config('search_path', '', false)").catch(() => undefined);
      }
    }
  }

  warnings(): RestoreWarning[] {
    if (this.needed.size === 0) return [];
    const names = [...this.needed].join(', ') + (this.more > 0 ? ` and ${this.more} more` : '');
    const path = this.path!.join(', ');
    const message = `Restored only under the search_path of the environment's role (${path}), because something they use leaves its schema out: ${names}.`;
    return [{ code: 'search-path-needed', message }];
  }

  private note(what: string): void {
    if (this.needed.has(what)) return;
    if (this.needed.size < NAMED) this.needed.add(what);
    else this.more += 1;
  }
}
