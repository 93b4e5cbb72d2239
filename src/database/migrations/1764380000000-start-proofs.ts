import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/** What a start is held against: which programs may work with this database, and marks of the keys it was used with. */
export class StartProofs1764380000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE schema_compatibility (migration text PRIMARY KEY, oldest_program bigint NOT NULL)',
    );
    await runner.query('CREATE TABLE key_marks (name text PRIMARY KEY, sealed text NOT NULL)');
    await worksWithProgramsOf(runner, StartProofs1764380000000, 1764370000000);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_marks');
    await runner.query('DROP TABLE schema_compatibility');
  }
}
