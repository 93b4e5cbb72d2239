import type { ClientBase } from 'pg';

/** A moment in the life of a server. Plain data: it is stored as JSON. */
export interface ServerMoment {
  /** As `initdb` made it; a copy of the server has the same. */
  systemIdentifier: string;
  /** When the server was started, in microseconds since 1970. */
  startedAt: string;
  /** How far its log of changes had come, in bytes. */
  logBytes: string;
}

export interface ServerNow extends ServerMoment {
  /** What the log said before this is in the files of the databases, and on disk. */
  safeBytes: string;
}

/** Rejects with the server's error, also when the role may not ask (`pg_control_system`, `pg_control_checkpoint`). */
export async function readServerNow(client: ClientBase): Promise<ServerNow> {
  const { rows } = await client.query<ServerNow>(
    `SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS "systemIdentifier",
            (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::int8::text AS "startedAt",
            (pg_catalog.pg_current_wal_insert_lsn() - '0/0')::text AS "logBytes",
            (SELECT redo_lsn - '0/0' FROM pg_catalog.pg_control_checkpoint())::text AS "safeBytes"`,
  );
  return rows[0]!;
}

/**
 * Whether everything that a server had done until a moment is certain to be there now. `onDisk`: it was seen since to be in the
 * databases' files. Before that only the server's log has it, which a server that was started again may have been made to forget
 * (`pg_resetwal`): nobody can tell, so nobody relies on it.
 */
export function hasKept(moment: ServerMoment, onDisk: boolean, now: ServerNow): boolean {
  if (moment.systemIdentifier !== now.systemIdentifier) return false;
  // A base backup, or a log that was set back.
  if (BigInt(now.logBytes) < BigInt(moment.logBytes)) return false;
  return onDisk || moment.startedAt === now.startedAt;
}

/** Whether what a server had done until a moment is in the databases' files now, as far as that can be known. */
export function isOnDisk(moment: ServerMoment, now: ServerNow): boolean {
  return hasKept(moment, false, now) && BigInt(now.safeBytes) >= BigInt(moment.logBytes);
}
