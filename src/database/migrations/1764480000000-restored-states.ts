import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which state of an environment is live, and which one a snapshot was taken of: null for the one of before any rollback. Of a state that was
 * restored there are notes, by which a snapshot of it builds on the one that it was restored from.
 */
export class RestoredStates1764480000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE environments ADD COLUMN state_id uuid');
    await runner.query('ALTER TABLE snapshots ADD COLUMN state_id uuid');
    await runner.query('ALTER TABLE rollback_logs ADD COLUMN state_id uuid, ADD COLUMN state_before uuid');
    await runner.query(`
      CREATE TABLE restored_states (
        id uuid PRIMARY KEY,
        environment_id uuid NOT NULL REFERENCES environments ON DELETE CASCADE,
        snapshot_id uuid NOT NULL REFERENCES snapshots ON DELETE CASCADE,
        lineage jsonb,
        finished boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX restored_states_of_environment ON restored_states (environment_id)');
    await runner.query('CREATE INDEX restored_states_of_snapshot ON restored_states (snapshot_id)');
    await runner.query(`
      CREATE TABLE restored_state_pages (
        state_id uuid NOT NULL REFERENCES restored_states ON DELETE CASCADE,
        part text NOT NULL CHECK (part IN ('tables', 'files')),
        number integer NOT NULL,
        page bytea NOT NULL,
        PRIMARY KEY (state_id, part, number)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE restored_state_pages');
    await runner.query('DROP TABLE restored_states');
    await runner.query('ALTER TABLE rollback_logs DROP COLUMN state_id, DROP COLUMN state_before');
    await runner.query('ALTER TABLE snapshots DROP COLUMN state_id');
    await runner.query('ALTER TABLE environments DROP COLUMN state_id');
  }
}
