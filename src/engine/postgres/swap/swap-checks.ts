import type pg from 'pg';
import { EngineError } from '../../engine-error.js';
import { requireClosedSince } from '../connection/closed-database.js';
import {
  differingProperties,
  type PropertiesSource,
  readProperties,
  wantedProperties,
} from '../properties/database-properties.js';

interface Expected {
  live: string;
  shadow: string;
  kept: string;
  expectedLiveOid: number;
  expectedShadowOid: number;
}

/**
 * Looked at before anybody is sent away: that both names still belong to the databases the plan was
 * made for, that nobody was in the new one, and that nothing is attached to the live one. Throws `EngineError('cutover-failed')`.
 */
export async function requirePlanned(client: pg.ClientBase, names: Expected, closedXmin?: string): Promise<void> {
  await requireOids(client, names, { liveOid: names.live, shadowOid: names.shadow });
  const { shadow, expectedShadowOid: shadowOid } = names;
  if (closedXmin !== undefined) await requireClosedSince(client, { shadow, shadowOid, closedXmin });
  await requireNothingAttached(client, names);
}

/**
 * Looked at inside the transaction, when both databases have their new names and nobody can connect:
 * that they are the ones the plan was made for, that nothing is attached to the live one which a
 * rename would tear off, that both agree in owner and privileges, and that the new one's settings, comment and
 * connection limit are as `source` says. Throws `EngineError('cutover-failed')` otherwise, so that the transaction is
 * rolled back.
 */
export async function requireSwappable(
  client: pg.ClientBase,
  names: Expected,
  source: PropertiesSource,
): Promise<void> {
  await requireOids(client, names, { liveOid: names.kept, shadowOid: names.live });
  await requireNothingAttached(client, names);

  const live = await readProperties(client, names.expectedLiveOid);
  const shadow = await readProperties(client, names.expectedShadowOid);
  const differences = differingProperties(wantedProperties(live, shadow, source), shadow);
  if (differences.length > 0) throw refused(names.live, `was changed at this very moment (${differences.join(', ')})`);
}

/** That each of the two databases bears the name it should have by now. */
async function requireOids(
  client: pg.ClientBase,
  names: Expected,
  now: { liveOid: string; shadowOid: string },
): Promise<void> {
  const { rows } = await client.query<{ liveOid: number | null; shadowOid: number | null }>(
    `SELECT (SELECT oid FROM pg_database WHERE datname = $1) AS "liveOid",
            (SELECT oid FROM pg_database WHERE datname = $2) AS "shadowOid"`,
    [now.liveOid, now.shadowOid],
  );
  const { liveOid, shadowOid } = rows[0]!;
  if (liveOid !== names.expectedLiveOid) throw refused(names.live, 'is not the database this was planned for');
  if (shadowOid !== names.expectedShadowOid)
    throw refused(names.live, 'would be replaced by a database nobody planned');
}

/** No session that could be ended holds these. */
async function requireNothingAttached(client: pg.ClientBase, names: Expected): Promise<void> {
  const { rows } = await client.query<{ slots: string[]; subscriptions: string[]; transactions: string[] }>(
    `SELECT ARRAY(SELECT slot_name::text FROM pg_replication_slots WHERE datoid = $1) AS slots,
            ARRAY(SELECT subname::text FROM pg_subscription WHERE subdbid = $1) AS subscriptions,
            ARRAY(SELECT x.gid FROM pg_prepared_xacts x JOIN pg_database d ON d.datname = x.database
                  WHERE d.oid = $1) AS transactions`,
    [names.expectedLiveOid],
  );
  const { slots, subscriptions, transactions } = rows[0]!;
  if (slots.length > 0) throw refused(names.live, `has replication slots (${slots.join(', ')})`);
  if (subscriptions.length > 0) throw refused(names.live, `has subscriptions (${subscriptions.join(', ')})`);
  if (transactions.length > 0) throw refused(names.live, `has prepared transactions (${transactions.join(', ')})`);
}

function refused(live: string, reason: string): EngineError {
  return new EngineError(
    'cutover-failed',
    `The database "${live}" ${reason}; nothing was changed, it is open and as it was.`,
  );
}
