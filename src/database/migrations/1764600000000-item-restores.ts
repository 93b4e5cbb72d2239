import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/** Files and tables that are taken out of snapshots. Of what is kept of them nobody else knows: their rows go with their environment. */
export class ItemRestores1764600000000 implements MigrationInterface {
  name = 'ItemRestores1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, this, 1764560000000);
    await runner.query(
      `CREATE TABLE item_restores (
         id uuid PRIMARY KEY,
         environment_id uuid NOT NULL REFERENCES environments ON DELETE CASCADE,
         snapshot_id uuid NOT NULL,
         status text NOT NULL DEFAULT 'queued'
           CHECK (status IN ('queued', 'running', 'completed', 'failed', 'undoing', 'undone')),
         attempt integer NOT NULL DEFAULT 0,
         place text NOT NULL,
         files jsonb NOT NULL,
         tables jsonb NOT NULL,
         staged jsonb,
         restored_tables jsonb,
         finding jsonb,
         requested_by text NOT NULL,
         created_at timestamptz NOT NULL DEFAULT now(),
         started_at timestamptz,
         finished_at timestamptz,
         undo_until timestamptz
       )`,
    );
    await runner.query('CREATE INDEX item_restores_newest ON item_restores (environment_id, created_at DESC, id DESC)');
    await runner.query(
      `CREATE INDEX item_restores_unfinished ON item_restores (environment_id)
        WHERE status IN ('queued', 'running', 'undoing') OR undo_until IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE item_restores');
  }
}
