import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/**
 * Until when the stores of vault and replica keep what they hold. Older programs pass over it: what they delete of it is hidden, and stays
 * until then.
 */
export class Locks1764620000000 implements MigrationInterface {
  name = 'Locks1764620000000';

  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, this, 1764560000000);
    await runner.query('ALTER TABLE snapshots ADD COLUMN locked_until timestamptz(3)');
    await runner.query('ALTER TABLE replica_snapshots ADD COLUMN locked_until timestamptz');
    await runner.query('ALTER TABLE replica_packs ADD COLUMN locked_until timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['snapshots', 'replica_snapshots', 'replica_packs']) {
      await runner.query(`ALTER TABLE ${table} DROP COLUMN locked_until`);
    }
  }
}
