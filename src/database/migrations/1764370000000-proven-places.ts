import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an environment's database and directory were when somebody last looked at them through it. */
export class ProvenPlaces1764370000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE environments ADD COLUMN proven_database jsonb, ADD COLUMN proven_filestore jsonb');
    await runner.query(`CREATE INDEX environments_proven_database ON environments ((proven_database ->> 'oid'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE environments DROP COLUMN proven_database, DROP COLUMN proven_filestore');
  }
}
