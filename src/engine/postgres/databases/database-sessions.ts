import type pg from 'pg';

/** Somebody connected to a database. What the role may not see of others is null. */
export interface DatabaseSession {
  pid: number;
  applicationName: string;
  user: string | null;
  since: Date | null;
  clientAddress: string | null;
  /** Whether our role may end it. */
  canBeEnded: boolean;
}

/** A server that follows this one. */
export interface Replica {
  pid: number;
  applicationName: string;
  clientAddress: string | null;
}

/**
 * Who is connected to the database with this oid, longest first, without the sessions that this
 * service holds there itself and without autovacuum, which PostgreSQL sends away by itself.
 */
export async function readSessions(client: pg.ClientBase, databaseOid: number): Promise<DatabaseSession[]> {
  const { rows } = await client.query<DatabaseSession>(
    `SELECT a.pid, coalesce(a.application_name, '') AS "applicationName", a.usename::text AS user,
            a.backend_start AS since, host(a.client_addr) AS "clientAddress",
            me.rolsuper OR (a.usesysid IS NOT NULL AND NOT coalesce(r.rolsuper, true)
              AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))) AS "canBeEnded"
     FROM pg_roles me, pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
     WHERE me.rolname = current_user AND a.datid = $1 AND a.pid <> pg_backend_pid()
       -- Autovacuum is nobody's; what kind of process another one is, an ordinary role is not told.
       AND a.usesysid IS NOT NULL AND coalesce(a.backend_type, '') <> 'parallel worker'
       AND NOT (a.application_name = 'snapback' AND a.usename = current_user)
     ORDER BY a.backend_start NULLS LAST, a.pid`,
    [databaseOid],
  );
  return rows;
}

/** The servers that follow this one as a whole; receivers of logical replication are replication slots. */
export async function readReplicas(client: pg.ClientBase): Promise<Replica[]> {
  const { rows } = await client.query<Replica>(
    `SELECT pid, coalesce(application_name, '') AS "applicationName", host(client_addr) AS "clientAddress"
     FROM pg_stat_replication
     WHERE pid NOT IN (SELECT active_pid FROM pg_replication_slots WHERE slot_type = 'logical' AND active_pid IS NOT NULL)
     ORDER BY pid`,
  );
  return rows;
}
