import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/** Environments whose database and directory are made from a snapshot. To older programs they are as any other. */
export class Provisioned1764630000000 implements MigrationInterface {
  name = 'Provisioned1764630000000';

  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, this, 1764590000000);
    await runner.query('ALTER TABLE environments ADD COLUMN provisioned_from jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE environments DROP COLUMN provisioned_from');
  }
}
