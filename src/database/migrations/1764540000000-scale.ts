import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/**
 * What lists need that are long: each filter of deployments in the order of the list, and snapshots by all that they are filtered by
 * together, as they are counted. Older programs work with it.
 */
export class Scale1764540000000 implements MigrationInterface {
  name = 'Scale1764540000000';

  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, this, 1764520000000);
    for (const column of ['kind', 'status', 'gate']) {
      await runner.query(
        `CREATE INDEX deployments_by_${column} ON deployments (environment_id, ${column}, created_at DESC, id DESC)
          WHERE ${column} IS NOT NULL`,
      );
    }
    await runner.query(
      `CREATE INDEX snapshots_as_counted ON snapshots
         (environment_id, status, trigger, (pinned_at IS NOT NULL), (coalesce(restorability, '')), created_at DESC, id DESC)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX snapshots_as_counted');
    for (const column of ['kind', 'status', 'gate']) await runner.query(`DROP INDEX deployments_by_${column}`);
  }
}
