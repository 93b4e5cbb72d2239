import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files, too, are made harmless on their way out of production. A program that does not know of that must not do it: none older may be started on this. */
export class NeutralizePaths1764560000000 implements MigrationInterface {
  name = 'NeutralizePaths1764560000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE environments ADD COLUMN neutralize_paths jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE environments DROP COLUMN neutralize_paths');
  }
}
