import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/**
 * What is in the replica, and what each snapshot there needs: see `ReplicaLedger`. Older programs work with it; what they delete is seen as
 * gone like anything else.
 */
export class Replica1764570000000 implements MigrationInterface {
  name = 'Replica1764570000000';

  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, this, 1764560000000);
    await runner.query('ALTER TABLE snapshots ADD COLUMN replicated_at timestamptz(3)');
    await runner.query(
      `CREATE INDEX snapshots_not_replicated ON snapshots (project_id, finished_at DESC)
        WHERE status = 'completed' AND replicated_at IS NULL`,
    );
    await runner.query(`
      -- Which place all this is about.
      CREATE TABLE replica_place (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        place text NOT NULL
      );

      -- Of which there is, or may be, anything there. They may be gone from the service.
      CREATE TABLE replica_projects (
        project_id uuid PRIMARY KEY,
        looked_at timestamptz
      );

      CREATE TABLE replica_snapshots (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        project_id uuid NOT NULL REFERENCES replica_projects ON DELETE CASCADE,
        snapshot_id uuid NOT NULL,
        -- False: its manifest was found there, and nobody knows which packs it needs.
        needs_known boolean NOT NULL,
        -- Counts the times it was about to be copied: what it needed the last time is what it needs.
        intent bigint NOT NULL DEFAULT 0,
        -- Null until all of it is there.
        copied_at timestamptz,
        -- Since when the vault has it no more.
        gone_since timestamptz,
        UNIQUE (project_id, snapshot_id)
      );
      CREATE INDEX replica_snapshots_gone ON replica_snapshots (project_id, gone_since) WHERE gone_since IS NOT NULL;

      CREATE TABLE replica_packs (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        project_id uuid NOT NULL REFERENCES replica_projects ON DELETE CASCADE,
        id bytea NOT NULL CHECK (octet_length(id) = 32),
        bytes bigint NOT NULL,
        -- Null until it was looked at after it was stored.
        arrived_at timestamptz,
        UNIQUE (project_id, id)
      );

      CREATE TABLE replica_pack_uses (
        snapshot bigint NOT NULL REFERENCES replica_snapshots ON DELETE CASCADE,
        pack bigint NOT NULL REFERENCES replica_packs,
        intent bigint NOT NULL,
        PRIMARY KEY (snapshot, pack)
      );
      CREATE INDEX replica_snapshots_of_pack ON replica_pack_uses (pack);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM keeper_items WHERE kind = 'replication'`);
    await runner.query(
      'DROP TABLE replica_pack_uses, replica_packs, replica_snapshots, replica_projects, replica_place',
    );
    await runner.query('ALTER TABLE snapshots DROP COLUMN replicated_at');
  }
}
