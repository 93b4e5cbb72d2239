import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known to be wrong with a snapshot in the vault. */
export class Damage1764150000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshots ADD COLUMN damage jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshots DROP COLUMN damage');
  }
}
