import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The journal of a cutover, what is kept for an undo, and the hooks around it. */
export class CutoverJournal1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE rollback_logs
        ADD COLUMN planned jsonb,
        ADD COLUMN journal jsonb,
        ADD COLUMN kept_until timestamptz(3),
        ADD COLUMN undo_expired_at timestamptz(3),
        ADD COLUMN undo_of uuid REFERENCES deployments (id) ON DELETE SET NULL,
        ADD COLUMN undone_by uuid REFERENCES deployments (id) ON DELETE SET NULL`);
    await runner.query(`
      CREATE INDEX rollback_logs_kept ON rollback_logs (kept_until) WHERE kept_until IS NOT NULL`);
    await runner.query(`
      CREATE INDEX rollback_logs_running ON rollback_logs (created_at) WHERE status = 'running'`);
    await runner.query(`
      ALTER TABLE snapshot_settings
        ADD COLUMN undo_minutes integer NOT NULL DEFAULT 60 CHECK (undo_minutes BETWEEN 0 AND 10080)`);
    await runner.query(`
      ALTER TABLE environments
        ADD COLUMN before_cutover jsonb,
        ADD COLUMN before_cutover_headers text,
        ADD COLUMN after_cutover jsonb,
        ADD COLUMN after_cutover_headers text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE environments
        DROP COLUMN before_cutover, DROP COLUMN before_cutover_headers,
        DROP COLUMN after_cutover, DROP COLUMN after_cutover_headers`);
    await runner.query('ALTER TABLE snapshot_settings DROP COLUMN undo_minutes');
    await runner.query('DROP INDEX rollback_logs_running');
    await runner.query('DROP INDEX rollback_logs_kept');
    await runner.query(`
      ALTER TABLE rollback_logs
        DROP COLUMN planned, DROP COLUMN journal, DROP COLUMN kept_until, DROP COLUMN undo_expired_at,
        DROP COLUMN undo_of, DROP COLUMN undone_by`);
  }
}
