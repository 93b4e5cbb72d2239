import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/**
 * What people are shown of the past: the steps of snapshots, and of deleted ones what they were, by the day they were of. Of what was before, and of
 * what older programs do beside newer ones, there are no steps, and nobody knows what deleted ones were.
 */
export class History1764550000000 implements MigrationInterface {
  name = 'History1764550000000';

  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, this, 1764520000000);
    await runner.query(`ALTER TABLE snapshots ADD COLUMN steps jsonb NOT NULL DEFAULT '[]'`);
    await runner.query('ALTER TABLE snapshot_deletions ADD COLUMN status text, ADD COLUMN restorability text');
    await runner.query('CREATE INDEX snapshot_deletions_of_day ON snapshot_deletions (environment_id, created_at)');
    // Of days with a run a minute, of which the others are passed over.
    await runner.query(
      `CREATE INDEX schedule_runs_unchanged ON schedule_runs (environment_id, created_at)
        WHERE outcome = 'skipped' AND reason ->> 'code' = 'unchanged'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX schedule_runs_unchanged');
    await runner.query('DROP INDEX snapshot_deletions_of_day');
    await runner.query('ALTER TABLE snapshot_deletions DROP COLUMN status, DROP COLUMN restorability');
    await runner.query('ALTER TABLE snapshots DROP COLUMN steps');
  }
}
