import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { ConnectionOptions } from '../../postgres/connection/connect.js';
import { withConnection } from '../../postgres/connection/connect.js';
import type { RestoreFinding } from '../../postgres/capabilities/restore-finding.js';
import { readNeeds } from './cut/read-needs.js';
import { readUnreadable } from './cut/unreadable-relations.js';
import type { UnreadableRelations } from './cut/unreadable-relations.js';

/** What a capture would come upon, as things stand. */
export interface Obstacles {
  /** Without which no snapshot can be taken, other than a safety snapshot. */
  unreadable: UnreadableRelations;
  /** What of that which the database needs is not there, so that it could not be restored as it is. */
  findings: RestoreFinding[];
}

/** Reads catalogues only, and locks nothing. Rejects with an `EngineError`. */
export async function readObstacles(
  address: DatabaseAddress,
  { oid, major }: { oid: number; major: number },
  options: ConnectionOptions,
): Promise<Obstacles> {
  return withConnection(address, options, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const unreadable = await readUnreadable(client);
    const { findings } = await readNeeds({ client, major, moment: { databaseOid: oid } });
    return { unreadable, findings };
  });
}
