import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every list that can be asked for, newest first. */
const LISTS = ['project_id', 'environment_id', 'actor', 'operation', 'subject_id', 'request_id'];

/**
 * Who did what: for each organization a chain of entries, of which each has the hash of the one before it. They are appended, and go only
 * when their time is over, oldest first. No older program may be started on it: what that changes, nobody would have done.
 */
export class Audit1764510000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_chains (
        organization text PRIMARY KEY,
        sequence bigint NOT NULL,
        hash text NOT NULL,
        anchor_sequence bigint NOT NULL,
        anchor_hash text NOT NULL,
        CHECK (anchor_sequence <= sequence)
      )`);
    await runner.query(`
      CREATE TABLE audit_entries (
        organization text NOT NULL,
        sequence bigint NOT NULL,
        version smallint NOT NULL,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        actor_kind text NOT NULL CHECK (actor_kind IN ('caller', 'system', 'operator')),
        operation text NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
        project_id uuid,
        environment_id uuid,
        subject_kind text,
        subject_id text,
        address text,
        user_agent text,
        request_id text,
        before jsonb,
        after jsonb,
        previous_hash text NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (organization, sequence)
      )`);
    await runner.query('CREATE INDEX audit_entries_newest ON audit_entries (organization, at, sequence)');
    for (const column of LISTS) {
      await runner.query(
        `CREATE INDEX audit_entries_of_${column} ON audit_entries (organization, ${column}, at, sequence)
          WHERE ${column} IS NOT NULL`,
      );
    }
    await runner.query(
      `CREATE INDEX audit_entries_refused ON audit_entries (organization, at, sequence) WHERE outcome = 'refused'`,
    );
    await runner.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          IF OLD.sequence <= (SELECT anchor_sequence FROM audit_chains WHERE organization = OLD.organization) THEN
            RETURN OLD;
          END IF;
        END IF;
        RAISE EXCEPTION 'The audit is only appended to: no % of its entries.', lower(TG_OP);
      END $$`);
    await runner.query(
      `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries
         FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
    );
    await runner.query(
      `CREATE TRIGGER append_only_at_once BEFORE TRUNCATE ON audit_entries
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_entries');
    await runner.query('DROP FUNCTION refuse_audit_change');
    await runner.query('DROP TABLE audit_chains');
  }
}
