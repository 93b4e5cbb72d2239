import type { DatabaseLineage } from '../../../../vault/manifests/manifest-database.js';
import type { CutMoment } from '../../../postgres/cut/cut-moment.js';

/**
 * How many transactions may lie between a base and what is built on it. Rows carry the lower 32 bits of a
 * transaction id only, and comparing them is right for up to 2^31; this stays far away from it.
 */
export const MOST_TRANSACTIONS = 1_000_000_000n;

/** Ranges of blocks are read without reading the whole table from this version on. */
export const RANGES_SINCE_MAJOR = 14;

export type LineageDecision = { continues: true } | { continues: false; reason: string };

export interface ServerNow extends CutMoment {
  major: number;
}

/**
 * Whether the history this server shows now contains the base's cut, so that a row's transaction id says whether
 * the base had it. The marker was committed, durably, after the base was cut: a history that has it has everything
 * before it. Whatever was restored, promoted, recreated or copied from an earlier state lacks it; what was fed by
 * replication has other transactions. The reason is a sentence.
 */
export function decideLineage(base: DatabaseLineage | undefined, now: ServerNow): LineageDecision {
  const no = (reason: string): LineageDecision => ({ continues: false, reason });
  const source = whyNoSource(now);
  if (source !== undefined) return no(source);
  if (!base) return no('The base snapshot bears no mark in the database, so that nothing can be built on it.');
  if (base.systemIdentifier !== now.systemIdentifier) return no('The database lies on another server now.');
  if (base.databaseOid !== now.databaseOid) {
    return no('The database is another one under the same name now: it was recreated, restored or rolled back.');
  }
  if (!now.marker) return no("The mark of the base snapshot is gone from the database: its history isn't the base's.");
  if (base.marker.uuid !== now.marker.uuid) {
    return no(
      'The database bears the mark of another snapshot: of a newer full one, or of a history that was restored.',
    );
  }
  const markedBy = BigInt(base.marker.xmin);
  if (markedBy !== now.marker.xmin) return no('The mark of the base snapshot was copied, not made, in this database.');
  if (now.nextId <= markedBy) return no('The server counts its transactions from an earlier point again.');
  const since = now.nextId - BigInt(base.horizon);
  if (since < 0n) return no('The server counts its transactions from an earlier point again.');
  if (since > MOST_TRANSACTIONS)
    return no(`There were more than ${MOST_TRANSACTIONS} transactions since the base snapshot.`);
  return { continues: true };
}

/** Why nothing may be built on a cut of this server, whatever the base; undefined when it may. A sentence. */
export function whyNoSource(now: ServerNow): string | undefined {
  if (now.major < RANGES_SINCE_MAJOR) {
    return `Differential snapshots need PostgreSQL ${RANGES_SINCE_MAJOR} or newer, and the server is ${now.major}.`;
  }
  if (now.isReplica) return 'The server is a replica, in which no mark can be left.';
  if (now.forgetsOldRows) return 'The setting old_snapshot_threshold is on; differential snapshots need it off (-1).';
  if (now.systemIdentifier === null) {
    return 'The role may not execute pg_control_system(), by which a server is recognised; grant it.';
  }
  return undefined;
}
