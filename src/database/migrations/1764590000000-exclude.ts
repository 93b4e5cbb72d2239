import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is left out of snapshots. A program that does not know of that would capture what nobody wants in a snapshot, and roll back without what is to
 * stay: none older may be started on this.
 */
export class Exclude1764590000000 implements MigrationInterface {
  name = 'Exclude1764590000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE environments ADD COLUMN exclude jsonb, ADD COLUMN on_unreadable_file text NOT NULL DEFAULT 'fail'`,
    );
    await runner.query('ALTER TABLE snapshots ADD COLUMN left_out jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshots DROP COLUMN left_out');
    await runner.query('ALTER TABLE environments DROP COLUMN on_unreadable_file, DROP COLUMN exclude');
  }
}
