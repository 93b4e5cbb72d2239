import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/** What is left behind and looked after, which processes there are, and an event of a progress in one round trip. */
export class Keeper1764390000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, Keeper1764390000000, 1764370000000);
    await runner.query(`
      CREATE TABLE keeper_items (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        kind text NOT NULL,
        subject text NOT NULL,
        -- Whose it is. Without references: what is left behind outlives what it was left by.
        organization text,
        project_id uuid,
        environment_id uuid,
        pool text,
        data jsonb NOT NULL DEFAULT '{}',
        since timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL DEFAULT now(),
        -- Raised by whoever asks for it again, also while somebody is at it.
        asked integer NOT NULL DEFAULT 1,
        tries integer NOT NULL DEFAULT 0,
        failure jsonb,
        failed_since timestamptz,
        attention boolean NOT NULL DEFAULT false,
        told_at timestamptz,
        done_at timestamptz,
        held_by uuid,
        held_until timestamptz,
        UNIQUE (kind, subject)
      );
      CREATE INDEX keeper_items_due ON keeper_items (due_at);
      CREATE INDEX keeper_items_environment ON keeper_items (environment_id);
      CREATE INDEX keeper_items_project ON keeper_items (project_id);

      CREATE TABLE service_processes (
        id uuid PRIMARY KEY,
        role text NOT NULL,
        pools text[] NOT NULL,
        version text NOT NULL,
        host text NOT NULL,
        clock_ahead_ms bigint NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now()
      );`);
    // Who writes to one subject waits for another one to commit: only then can he see whether that was the final event.
    await runner.query(`
      CREATE FUNCTION append_progress(subject uuid, event jsonb, channel text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('progress of ' || subject, 0));
        IF (SELECT (data ->> 'final')::boolean FROM progress_events WHERE subject_id = subject ORDER BY id DESC LIMIT 1) THEN
          RETURN;
        END IF;
        INSERT INTO progress_events (subject_id, data) VALUES (subject, event);
        PERFORM pg_notify(channel, subject::text);
      END $$`);
    // A rollback whose worker died before anything was touched is taken up again; one that only waits or builds can be called off.
    await runner.query(`
      ALTER TABLE rollback_logs
        ADD COLUMN lost_workers integer NOT NULL DEFAULT 0,
        ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false`);
    for (const table of ['deployments', 'rollback_logs'])
      await runner.query(`
        ALTER TABLE ${table} DROP CONSTRAINT ${table}_status_check, ADD CONSTRAINT ${table}_status_check
          CHECK (status IN ('queued', 'running', 'completed', 'failed', 'reverted', 'cancelled'))`);
    await runner.query('ALTER TABLE environments ADD COLUMN retention_forecast jsonb');
    // A differential holds all it needs. Only while it is captured does it read its base, which a lock sees to.
    await runner.query(`
      ALTER TABLE snapshots DROP CONSTRAINT snapshots_base_snapshot_id_fkey,
        ADD CONSTRAINT snapshots_base_snapshot_id_fkey FOREIGN KEY (base_snapshot_id) REFERENCES snapshots (id) ON DELETE SET NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM schema_compatibility WHERE migration = '${Keeper1764390000000.name}'`);
    await runner.query(`
      ALTER TABLE snapshots DROP CONSTRAINT snapshots_base_snapshot_id_fkey,
        ADD CONSTRAINT snapshots_base_snapshot_id_fkey FOREIGN KEY (base_snapshot_id) REFERENCES snapshots (id) ON DELETE RESTRICT`);
    await runner.query('ALTER TABLE environments DROP COLUMN retention_forecast');
    for (const table of ['deployments', 'rollback_logs']) {
      await runner.query(`UPDATE ${table} SET status = 'failed' WHERE status = 'cancelled'`);
      await runner.query(`
        ALTER TABLE ${table} DROP CONSTRAINT ${table}_status_check, ADD CONSTRAINT ${table}_status_check
          CHECK (status IN ('queued', 'running', 'completed', 'failed', 'reverted'))`);
    }
    await runner.query('ALTER TABLE rollback_logs DROP COLUMN lost_workers, DROP COLUMN cancel_requested');
    await runner.query('DROP FUNCTION append_progress(uuid, jsonb, text)');
    await runner.query('DROP TABLE service_processes, keeper_items');
  }
}
