import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Safety snapshots are taken of the state that a rollback has swapped out. A program that does not know this would capture what is live
 * in its place, so nobody says that an older one may work with the database.
 */
export class SafetyAfterSwap1764460000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshots ADD COLUMN kept_state jsonb');
    await runner.query(`
      ALTER TABLE rollback_logs
        ADD COLUMN safety text NOT NULL DEFAULT 'none' CHECK (safety IN ('none', 'wanted', 'taken', 'given-up'))`);
    // A snapshot that was taken before the swap stays one that can be rolled back to.
    await runner.query(`
      UPDATE rollback_logs l SET safety = 'taken' FROM snapshots s
       WHERE s.id = l.safety_snapshot_id AND s.status = 'completed' AND l.status = 'completed'`);
    await runner.query(
      `CREATE INDEX rollback_logs_safety_wanted ON rollback_logs (deployment_id) WHERE safety = 'wanted'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE rollback_logs DROP COLUMN safety');
    await runner.query('ALTER TABLE snapshots DROP COLUMN kept_state');
  }
}
