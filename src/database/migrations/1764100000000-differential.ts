import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Differential snapshots: what was asked for, what can be built on, and the settings of a capture. */
export class Differential1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE snapshots
        ADD COLUMN requested_type text CHECK (requested_type IN ('full', 'differential')),
        ADD COLUMN can_be_base boolean NOT NULL DEFAULT false,
        ADD COLUMN read_bytes bigint,
        ADD COLUMN carried_over_bytes bigint,
        ADD COLUMN read_in_full jsonb NOT NULL DEFAULT '[]'`);
    await runner.query(`
      CREATE INDEX snapshots_to_build_on ON snapshots (environment_id, created_at DESC)
       WHERE can_be_base AND status = 'completed'`);
    await runner.query(`
      ALTER TABLE snapshot_settings
        ADD COLUMN full_every_days integer NOT NULL DEFAULT 7 CHECK (full_every_days BETWEEN 1 AND 365),
        ADD COLUMN include_unlogged_tables boolean NOT NULL DEFAULT true,
        ADD COLUMN max_read_bytes_per_second bigint CHECK (max_read_bytes_per_second >= 1048576),
        ADD COLUMN file_references text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE snapshot_settings
        DROP COLUMN full_every_days, DROP COLUMN include_unlogged_tables,
        DROP COLUMN max_read_bytes_per_second, DROP COLUMN file_references`);
    await runner.query(`
      ALTER TABLE snapshots
        DROP COLUMN requested_type, DROP COLUMN can_be_base, DROP COLUMN read_bytes,
        DROP COLUMN carried_over_bytes, DROP COLUMN read_in_full`);
  }
}
