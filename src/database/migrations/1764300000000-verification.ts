import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Snapshots that are restored and compared, on request or after each capture; and what a rollback compares. */
export class Verification1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshots ADD COLUMN verified_at timestamptz');
    await runner.query(
      `ALTER TABLE snapshot_settings ADD COLUMN verify text NOT NULL DEFAULT 'never'
         CHECK (verify IN ('never', 'after_capture')),
       ADD COLUMN verify_restored text NOT NULL DEFAULT 'counts'
         CHECK (verify_restored IN ('counts', 'sampled', 'all'))`,
    );
    await runner.query(
      `CREATE TABLE snapshot_verifications (
         id uuid PRIMARY KEY,
         snapshot_id uuid NOT NULL REFERENCES snapshots ON DELETE CASCADE,
         environment_id uuid NOT NULL,
         status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'ended')),
         attempt integer NOT NULL DEFAULT 0,
         outcome text CHECK (outcome IN ('equal', 'different', 'damaged', 'inconclusive')),
         finding jsonb,
         table_count bigint,
         row_count bigint,
         file_count bigint,
         filestore_bytes bigint,
         requested_by text NOT NULL,
         created_at timestamptz NOT NULL DEFAULT now(),
         started_at timestamptz,
         finished_at timestamptz,
         CHECK ((status = 'ended') = (outcome IS NOT NULL))
       )`,
    );
    await runner.query(
      'CREATE INDEX snapshot_verifications_newest ON snapshot_verifications (snapshot_id, created_at DESC, id DESC)',
    );
    // One at a time.
    await runner.query(
      `CREATE UNIQUE INDEX snapshot_verifications_unfinished ON snapshot_verifications (snapshot_id) WHERE status <> 'ended'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE snapshot_verifications');
    await runner.query('ALTER TABLE snapshot_settings DROP COLUMN verify, DROP COLUMN verify_restored');
    await runner.query('ALTER TABLE snapshots DROP COLUMN verified_at');
  }
}
