import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';
import { waitUntil } from '../e2e/wait-until.js';

const LOCK = 4711;

/** Stops rollbacks where they write down what they are about to do, until it is undone. */
export interface Pauses {
  /** The rollback of the environment stops before this step; `detail` tells the parts of the cutover apart. */
  at(environmentId: string, step: string, detail?: string): Promise<void>;
  /** The rollback of the environment stops once it holds the environment for its cutover, before it writes anything more. */
  afterEntering(environmentId: string): Promise<void>;
  /** Resolves when so many have stopped. */
  reached(count: number): Promise<void>;
  /** Lets what waits go on, and nothing wait any more. */
  end(): Promise<void>;
}

/**
 * Works in the service's own database, by a trigger that waits for a lock of ours: the service runs
 * unchanged, and a write that is slow is what it may meet on any day.
 */
export async function pauseRollbacks(state: DatabaseAddress): Promise<Pauses> {
  await query(
    state,
    `CREATE TABLE pauses (environment_id uuid, step text, detail text, entered boolean DEFAULT false);
     CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
     DECLARE last jsonb := NEW.steps -> -1;
     BEGIN
       IF NEW.status = 'running' AND last ->> 'status' = 'running' AND EXISTS (
         SELECT FROM pauses p
          WHERE p.environment_id = NEW.environment_id AND p.step = last ->> 'name'
            AND (p.detail IS NULL OR p.detail = last ->> 'detail')
            AND (NOT p.entered OR EXISTS (SELECT FROM environments e WHERE e.cutover_by = NEW.deployment_id))
       ) THEN PERFORM pg_advisory_xact_lock(${LOCK}); END IF;
       RETURN NEW;
     END $$;
     CREATE TRIGGER pause BEFORE UPDATE ON rollback_logs FOR EACH ROW EXECUTE FUNCTION pause();`,
  );
  const { host, port, database, user, password } = state;
  const holder = new Client({ host, port, database, user, password, ssl: false, application_name: 'pauses' });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
  return {
    at: async (environmentId, step, detail) => {
      await holder.query('INSERT INTO pauses VALUES ($1, $2, $3)', [environmentId, step, detail ?? null]);
    },
    afterEntering: async (environmentId) => {
      await holder.query("INSERT INTO pauses VALUES ($1, 'cutover', NULL, true)", [environmentId]);
    },
    reached: async (count) => {
      const sql = `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`;
      await waitUntil(`${count} rollbacks have stopped`, async () => {
        const { rows } = await holder.query<{ n: number }>(sql, [LOCK]);
        return (rows[0]?.n ?? 0) >= count;
      });
    },
    end: async () => {
      // First what waits, for it holds the table that the trigger is on.
      await holder.query('DELETE FROM pauses');
      await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);
      await holder.query('DROP FUNCTION pause CASCADE; DROP TABLE pauses');
      await holder.end();
    },
  };
}
