import type { ClientBase } from 'pg';
import { EngineError } from '../../../engine-error.js';
import type { Exclusion } from '../../../exclusion/exclusion.js';
import type { CapturedTable } from '../tables/inventory.js';
import { requireUnneeded } from '../tables/left-out-needs.js';
import { type LeftOutTables, NOTHING_LEFT_OUT, readLeftOutTables } from '../tables/left-out-tables.js';

export interface DecidedLeftOut {
  leftOut: LeftOutTables;
  /** Why the rules for tables were not kept, a sentence. */
  notLeftOut?: string;
}

/**
 * What the rules leave out of a database with these tables. Rejects with `EngineError('exclude-needed' | 'exclude-everything')` when that is what
 * nothing could be restored from.
 */
export async function decideLeftOut(
  client: ClientBase,
  exclusion: Exclusion,
  { inventory, whenNeeded }: { inventory: readonly CapturedTable[]; whenNeeded: 'refuse' | 'capture' },
): Promise<DecidedLeftOut> {
  const leftOut = await readLeftOutTables(client, exclusion);
  const out = new Set([...leftOut.rowsOf, ...leftOut.tables].map(({ oid }) => oid));
  const captured = inventory.map(({ oid }) => oid).filter((oid) => !out.has(oid));
  try {
    await requireUnneeded(client, leftOut, captured);
    if (captured.length === 0 && inventory.length > 0) throw leavesOutEveryTable();
    return { leftOut };
  } catch (error) {
    const isOfRules =
      error instanceof EngineError && (error.code === 'exclude-needed' || error.code === 'exclude-everything');
    if (whenNeeded === 'refuse' || !isOfRules) throw error;
    return { leftOut: NOTHING_LEFT_OUT, notLeftOut: error.message };
  }
}

function leavesOutEveryTable(): EngineError {
  return new EngineError(
    'exclude-everything',
    'The rules in "exclude" leave out every table of the database, so that nothing was captured; name only tables that need not come back.',
  );
}
