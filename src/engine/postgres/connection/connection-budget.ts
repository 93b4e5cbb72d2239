import { availableParallelism } from 'node:os';
import type { ClientBase } from 'pg';

/** More than this would slow down who else is on the server, and gain little. */
const MOST_CONNECTIONS = 8;
/** Of what a server, a role or a database has left for others, too. */
const SHARE_OF_FREE = 0.5;

/** Connections that somebody may open. Whoever has one gives it back when they are closed. */
export interface ConnectionLease {
  /** At least 1. */
  readonly count: number;
  /** May be called again. */
  release(): void;
}

/** What this process has open on each server, and may have. */
let limit = defaultConnections();
const leased = new Map<string, number>();

/** For one server, unless told: as many as there are cores, up to eight. */
export function defaultConnections(): number {
  return Math.min(availableParallelism(), MOST_CONNECTIONS);
}

/** From now on all jobs of this process together read and write rows of one server over so many connections. */
export function limitConnections(count: number): void {
  limit = count;
}

/**
 * The connections with which one job may read or write rows side by side, on the server at the other end of `client` as its role
 * and its database. All jobs of this process share one number for each server, by whatever name it is reached; and they leave half
 * of what is free there to others. Nobody waits: one connection is given in any case. What a job needs besides (the cut, `pg_dump`,
 * one for maintenance) is not counted. Rejects with the server's error.
 */
export async function leaseConnections(client: ClientBase): Promise<ConnectionLease> {
  const { server, free } = await readRoom(client);
  const inUse = leased.get(server) ?? 0;
  const count = connectionsFor({ limit, inUse, free });
  leased.set(server, inUse + count);
  let isHeld = true;
  return {
    count,
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (leased.get(server) ?? 0) - count;
      if (left > 0) leased.set(server, left);
      else leased.delete(server);
    },
  };
}

/** What all jobs of this process have open together, on all servers; and may on one of them. */
export function connectionsInUse(): { used: number; limit: number } {
  return { used: [...leased.values()].reduce((sum, count) => sum + count, 0), limit };
}

/** `inUse`: of the limit, by this process. `free`: what the server would still let in. */
export function connectionsFor(room: { limit: number; inUse: number; free: number }): number {
  return Math.max(1, Math.min(room.limit - room.inUse, Math.floor(room.free * SHARE_OF_FREE)));
}

async function readRoom(client: ClientBase): Promise<{ server: string; free: number }> {
  const { rows } = await client.query<{ server: string; free: number }>(ROOM);
  return rows[0]!;
}

/** Whom a limit does not bind: superusers. Who may be let in by it is counted by what everybody may see. */
const ROOM = `
  SELECT pg_postmaster_start_time()::text || ' ' || current_setting('port') AS server,
         least(
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true), '0')::int
             - (SELECT sum(numbackends) FROM pg_stat_database),
           (SELECT r.rolconnlimit - (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid)
            WHERE r.rolconnlimit >= 0 AND NOT r.rolsuper),
           (SELECT d.datconnlimit - (SELECT s.numbackends FROM pg_stat_database s WHERE s.datid = d.oid)
            FROM pg_database d WHERE d.datname = current_database() AND d.datconnlimit >= 0 AND NOT r.rolsuper)
         )::int AS free
  FROM pg_roles r WHERE r.rolname = session_user`;
