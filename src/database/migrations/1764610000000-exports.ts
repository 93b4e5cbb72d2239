import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/** Snapshots as files. What is known of them goes with their environment; their files go when their time is over. */
export class Exports1764610000000 implements MigrationInterface {
  name = 'Exports1764610000000';

  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, this, 1764560000000);
    await runner.query(
      `CREATE TABLE snapshot_exports (
         id uuid PRIMARY KEY,
         environment_id uuid NOT NULL REFERENCES environments ON DELETE CASCADE,
         snapshot_id uuid NOT NULL,
         status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed', 'removed')),
         attempt integer NOT NULL DEFAULT 0,
         format text NOT NULL,
         layout text NOT NULL,
         neutralized_for uuid,
         file_name text NOT NULL,
         size_bytes bigint,
         sha256 text,
         finding jsonb,
         requested_by text NOT NULL,
         created_at timestamptz NOT NULL DEFAULT now(),
         started_at timestamptz,
         finished_at timestamptz,
         expires_at timestamptz
       )`,
    );
    await runner.query(
      'CREATE INDEX snapshot_exports_newest ON snapshot_exports (environment_id, created_at DESC, id DESC)',
    );
    await runner.query(
      `CREATE INDEX snapshot_exports_there ON snapshot_exports (expires_at) WHERE status = 'completed'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE snapshot_exports');
  }
}
