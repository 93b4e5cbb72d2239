import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/**
 * Environments that were brought back from the vault: they have no places until somebody says them, and their snapshots stay until
 * somebody has looked.
 */
export class BroughtBack1764450000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE environments
        ADD COLUMN imported_at timestamptz(3),
        ADD COLUMN retention_held boolean NOT NULL DEFAULT false,
        DROP CONSTRAINT environments_check,
        ADD CONSTRAINT environments_check
          CHECK (database IS NOT NULL OR filestore_path IS NOT NULL OR imported_at IS NOT NULL)`);
    // An older program beside this one passes over both.
    await worksWithProgramsOf(runner, BroughtBack1764450000000, 1764370000000);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE environments
        DROP CONSTRAINT environments_check,
        ADD CONSTRAINT environments_check CHECK (database IS NOT NULL OR filestore_path IS NOT NULL),
        DROP COLUMN imported_at,
        DROP COLUMN retention_held`);
  }
}
