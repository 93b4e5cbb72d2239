import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Restored snapshots that stand beside the live state to be swapped in. */
export class Standby1764470000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE standbys (
        id uuid PRIMARY KEY,
        environment_id uuid NOT NULL REFERENCES environments,
        snapshot_id uuid REFERENCES snapshots ON DELETE SET NULL,
        status text NOT NULL CHECK (status IN ('building', 'ready', 'going', 'missing')),
        built jsonb CHECK (status <> 'ready' OR built IS NOT NULL),
        taken_by uuid,
        reason jsonb,
        tries integer NOT NULL DEFAULT 0,
        missing_since timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        ready_at timestamptz
      )`);
    await runner.query('CREATE INDEX standbys_of_environment ON standbys (environment_id, created_at)');
    await runner.query('CREATE INDEX standbys_of_snapshot ON standbys (snapshot_id)');
    // One is built at a time.
    await runner.query(`CREATE UNIQUE INDEX standbys_building ON standbys (environment_id) WHERE status = 'building'`);
    await runner.query(
      'ALTER TABLE snapshot_verifications ADD COLUMN standby_id uuid REFERENCES standbys ON DELETE SET NULL',
    );
    await runner.query(`
      ALTER TABLE snapshot_settings
        ADD COLUMN standby text NOT NULL DEFAULT 'off' CHECK (standby IN ('off', 'pre_deploy', 'newest')),
        ADD COLUMN gate_requires text NOT NULL DEFAULT 'captured'
          CHECK (gate_requires IN ('captured', 'proven', 'standby'))`);
    await runner.query(`
      ALTER TABLE rollback_logs
        ADD COLUMN standby jsonb,
        ADD COLUMN kept_database_bytes bigint`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE rollback_logs DROP COLUMN standby, DROP COLUMN kept_database_bytes');
    await runner.query('ALTER TABLE snapshot_settings DROP COLUMN standby, DROP COLUMN gate_requires');
    await runner.query('ALTER TABLE snapshot_verifications DROP COLUMN standby_id');
    await runner.query('DROP TABLE standbys');
  }
}
