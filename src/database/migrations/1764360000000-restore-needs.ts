import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What restoring a snapshot needs, and what a rollback gives back of the database itself: both known without the vault. */
export class RestoreNeeds1764360000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshots ADD COLUMN database_properties jsonb, ADD COLUMN requirements jsonb');
    await runner.query(
      `ALTER TABLE snapshot_settings ADD COLUMN database_properties text NOT NULL DEFAULT 'captured'
         CHECK (database_properties IN ('captured', 'live'))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshot_settings DROP COLUMN database_properties');
    await runner.query('ALTER TABLE snapshots DROP COLUMN database_properties, DROP COLUMN requirements');
  }
}
