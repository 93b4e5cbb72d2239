import type { MigrationInterface, QueryRunner } from 'typeorm';

const KEPT = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'];

/**
 * Schedules and retention by periods: what an environment does not say itself, null, its project says or nobody. What environments have
 * said until now they go on saying. Pins get an owner, a reason and an end, and runs of schedules are written down.
 */
export class Schedules1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE snapshot_settings
        ALTER COLUMN retention_days DROP NOT NULL, ALTER COLUMN retention_days DROP DEFAULT,
        DROP CONSTRAINT snapshot_settings_retention_days_check,
        ADD CHECK (retention_days BETWEEN 0 AND 3650),
        ADD COLUMN time_zone text,
        ADD COLUMN schedule jsonb,
        ADD COLUMN schedule_paused boolean,
        ADD COLUMN skip_unchanged boolean,
        ${KEPT.map((which) => `ADD COLUMN keep_${which} integer CHECK (keep_${which} BETWEEN 0 AND 1000)`).join(', ')}`);
    await runner.query(`
      ALTER TABLE projects
        ADD COLUMN snapshot_defaults jsonb NOT NULL DEFAULT '[]', ADD COLUMN snapshot_defaults_at timestamptz(3)`);
    await runner.query(`
      ALTER TABLE snapshots
        ADD COLUMN schedules jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN content_digest text,
        ADD COLUMN pinned_by text,
        ADD COLUMN pin_reason text,
        ADD COLUMN pin_expires_at timestamptz(3),
        ADD COLUMN pin_told_at timestamptz(3)`);
    await runner.query(
      'CREATE INDEX snapshots_pins_that_expire ON snapshots (pin_expires_at) WHERE pin_expires_at IS NOT NULL AND pin_told_at IS NULL',
    );
    // Since when an entry of a schedule counts: what was due before that was never missed.
    await runner.query(`
      CREATE TABLE schedule_marks (
        environment_id uuid NOT NULL REFERENCES environments ON DELETE CASCADE,
        rule text NOT NULL,
        looked_after_until timestamptz(3) NOT NULL,
        was_paused boolean NOT NULL,
        PRIMARY KEY (environment_id, rule)
      )`);
    // The snapshot may be gone by now: what came of a run is told all the same.
    await runner.query(`
      CREATE TABLE schedule_runs (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        environment_id uuid NOT NULL REFERENCES environments ON DELETE CASCADE,
        rule text NOT NULL,
        cron text NOT NULL,
        time_zone text NOT NULL,
        due_at timestamptz(3) NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('started', 'skipped')),
        run_count bigint NOT NULL DEFAULT 1,
        reason jsonb,
        snapshot_id uuid,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        UNIQUE (environment_id, rule, due_at)
      )`);
    await runner.query('CREATE INDEX schedule_runs_newest ON schedule_runs (environment_id, created_at DESC, id DESC)');
    await runner.query('CREATE INDEX schedule_runs_of_snapshot ON schedule_runs (snapshot_id)');
    await runner.query('CREATE INDEX schedule_runs_by_age ON schedule_runs (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE schedule_runs');
    await runner.query('DROP TABLE schedule_marks');
    await runner.query(`
      ALTER TABLE snapshots DROP COLUMN schedules, DROP COLUMN content_digest, DROP COLUMN pinned_by, DROP COLUMN pin_reason,
        DROP COLUMN pin_expires_at, DROP COLUMN pin_told_at`);
    await runner.query('ALTER TABLE projects DROP COLUMN snapshot_defaults, DROP COLUMN snapshot_defaults_at');
    await runner.query(`
      ALTER TABLE snapshot_settings
        DROP COLUMN time_zone, DROP COLUMN schedule, DROP COLUMN schedule_paused, DROP COLUMN skip_unchanged,
        ${KEPT.map((which) => `DROP COLUMN keep_${which}`).join(', ')}`);
    await runner.query('UPDATE snapshot_settings SET retention_days = 30 WHERE coalesce(retention_days, 0) = 0');
    await runner.query(`
      ALTER TABLE snapshot_settings ALTER COLUMN retention_days SET NOT NULL, ALTER COLUMN retention_days SET DEFAULT 30`);
  }
}
