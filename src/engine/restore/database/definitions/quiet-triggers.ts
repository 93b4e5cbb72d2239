import type { Client } from 'pg';
import { isRefusal } from '../../../postgres/connection/postgres-errors.js';
import { qualifiedName, quoteIdentifier } from '../../../postgres/sql/quote.js';
import type { RestoreWarning } from '../restore-warning.js';

export const BEFORE_ROWS = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, t.tgname::text AS trigger, t.tgenabled AS state
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relkind IN ('r', 'p')
  ORDER BY 1, 2, 3`;

const ENABLE: Readonly<Record<string, string>> = { O: 'ENABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' };

interface Trigger {
  schema: string;
  name: string;
  trigger: string;
  /** As `pg_trigger.tgenabled` has it. */
  state: string;
}

/**
 * Triggers that exist before the rows do: an extension made them with its tables. They would do to rows that come back what they
 * did when those were written. `client`: set for writing, in a database that has no rows yet.
 */
export class QuietTriggers {
  private constructor(
    private readonly quiet: readonly Trigger[],
    readonly warnings: readonly RestoreWarning[],
  ) {}

  /** Silences those of the wanted tables, by `qualifiedName`, as far as the role may. Rejects with the loss of the connection. */
  static async silence(client: Client, tables: ReadonlySet<string>): Promise<QuietTriggers> {
    const { rows } = await client.query<Trigger>(BEFORE_ROWS);
    const quiet: Trigger[] = [];
    const loud = new Set<string>();
    for (const trigger of rows.filter((row) => tables.has(qualifiedName(row)))) {
      try {
        await client.query(`ALTER TABLE ${qualifiedName(trigger)} DISABLE TRIGGER ${triggerName(trigger)}`);
        quiet.push(trigger);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        loud.add(qualifiedName(trigger));
      }
    }
    if (loud.size === 0) return new QuietTriggers(quiet, []);
    const message = `Rows of these tables went through the triggers that their extension gave them, which the role may not switch off: ${[...loud].join(', ')}.`;
    return new QuietTriggers(quiet, [{ code: 'rows-through-triggers', message, weight: 'differs' }]);
  }

  /** As they were. Rejects with the server's error. */
  async wake(client: Client): Promise<void> {
    for (const trigger of this.quiet) {
      await client.query(
        `ALTER TABLE ${qualifiedName(trigger)} ${ENABLE[trigger.state] ?? 'ENABLE'} TRIGGER ${triggerName(trigger)}`,
      );
    }
  }
}

function triggerName({ trigger }: Trigger): string {
  return quoteIdentifier(trigger);
}
