import { EngineError } from '../../../engine-error.js';
import { withConnection } from '../../../postgres/connection/connect.js';
import { CAPTURE_NAME, type Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { READING_SETTINGS } from '../../../postgres/connection/session-settings.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';
import type { CapturedTable } from '../tables/inventory.js';
import { readShapes } from './read-shapes.js';
import type { TableShape } from './table-shapes.js';

/**
 * Makes sure, once the last row is read, that nothing that shapes the tables' text has changed since the cut.
 * Reading rows follows a snapshot, but how they are written does not: a label of an enum that is renamed, and back
 * again, between two segments gives a text that never was. It takes a connection of its own, that has kept nothing
 * in mind. Rejects with `EngineError('schema-changed')`.
 */
export async function confirmShapes(
  address: DatabaseAddress,
  cut: Cut,
  tables: readonly CapturedTable[],
  before: ReadonlyMap<number, TableShape>,
  context: { signal: AbortSignal },
): Promise<void> {
  const options = { signal: context.signal, settings: READING_SETTINGS, applicationName: CAPTURE_NAME };
  const after = await withConnection(address, options, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const oids = tables.map(({ oid }) => oid);
    return readShapes(client, oids, { ...cut.moment, major: cut.major });
  });
  const changed = tables.find(({ oid }) => {
    const then = before.get(oid);
    const now = after.get(oid);
    return !then || !now || then.fingerprint !== now.fingerprint || then.identity !== now.identity;
  });
  if (!changed) return;
  throw new EngineError(
    'schema-changed',
    `Definitions that the table ${qualifiedName(changed)} depends on (a type, a schema) changed while the snapshot was taken; take it again.`,
  );
}
