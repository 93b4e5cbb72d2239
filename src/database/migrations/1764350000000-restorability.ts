import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPERATIONS = [
  ['INSERT', 'NEW TABLE AS added'],
  ['UPDATE', 'OLD TABLE AS removed NEW TABLE AS added'],
  ['DELETE', 'OLD TABLE AS removed'],
] as const;

/** Whether a snapshot can be restored, in one state that lists filter by; a verification that failed to restore. */
export class Restorability1764350000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Of a million snapshots the indexes alone take longer than any statement of the service may.
    await runner.query('SET LOCAL statement_timeout = 0');
    // They are counted anew below.
    for (const [operation] of OPERATIONS)
      await runner.query(`DROP TRIGGER count_${operation.toLowerCase()} ON snapshots`);
    await runner.query('ALTER TABLE snapshots RENAME COLUMN verified_at TO proven_at');
    await runner.query(`
      ALTER TABLE snapshots
        ADD COLUMN restorability text DEFAULT 'expected'
          CHECK (restorability IN ('expected', 'doubtful', 'proven', 'refuted')),
        ADD COLUMN restorability_findings jsonb NOT NULL DEFAULT '[]'`);
    await this.fill(runner);
    await runner.query('ALTER TABLE snapshots DROP COLUMN damage');
    await this.index(runner);
    await this.count(runner, 'restorability');
    await runner.query(`
      ALTER TABLE snapshot_verifications
        DROP CONSTRAINT snapshot_verifications_outcome_check,
        ADD CONSTRAINT snapshot_verifications_outcome_check
          CHECK (outcome IN ('equal', 'different', 'damaged', 'failed', 'inconclusive'))`);
  }

  /**
   * From what was known before: damage, a difference, a proof, a verification that could not tell. Of most nothing was: they
   * have the column's first default, which takes no writing.
   */
  private async fill(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshots ALTER COLUMN restorability DROP DEFAULT');
    await runner.query(`UPDATE snapshots SET restorability = NULL WHERE status <> 'completed'`);
    await runner.query(`
      UPDATE snapshots s SET
        restorability = CASE
          WHEN s.damage IS NOT NULL OR v.outcome = 'different' THEN 'refuted'
          WHEN s.proven_at IS NOT NULL THEN 'proven'
          WHEN v.outcome = 'inconclusive' THEN 'doubtful'
          ELSE 'expected' END,
        restorability_findings =
          CASE WHEN s.damage IS NULL THEN '[]' ELSE jsonb_build_array(
            s.damage || '{"blocking": true, "refutes": true, "foundBy": "vault-check"}') END
          || CASE
            WHEN v.outcome = 'different' THEN jsonb_build_array(
              v.finding || '{"blocking": true, "refutes": true, "foundBy": "verification"}')
            WHEN v.outcome = 'inconclusive' AND s.proven_at IS NULL AND s.damage IS NULL THEN jsonb_build_array(
              v.finding || '{"blocking": false, "refutes": false, "foundBy": "verification"}')
            ELSE '[]' END
      FROM snapshots other LEFT JOIN LATERAL (
        SELECT outcome, finding FROM snapshot_verifications
         WHERE snapshot_id = other.id AND status = 'ended'
         ORDER BY created_at DESC, id DESC LIMIT 1) v ON true
      WHERE other.id = s.id AND s.status = 'completed'
        AND (s.damage IS NOT NULL OR s.proven_at IS NOT NULL OR v.outcome IS NOT NULL)`);
  }

  private async index(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX snapshots_by_restorability ON snapshots (environment_id, restorability, created_at DESC, id DESC)',
    );
    await runner.query(
      'CREATE INDEX snapshots_of_project_by_restorability ON snapshots (project_id, restorability, created_at DESC, id DESC)',
    );
    // What retention must not remove.
    await runner.query(`
      CREATE INDEX snapshots_not_refuted ON snapshots (environment_id, created_at DESC, id DESC)
       WHERE status = 'completed' AND restorability IS DISTINCT FROM 'refuted'`);
    await runner.query(`
      CREATE INDEX snapshots_restorable ON snapshots (environment_id, created_at DESC, id DESC)
       WHERE status = 'completed' AND NOT restorability_findings @> '[{"blocking": true}]'`);
  }

  /** The counts of `Initial1764000000000`, by one more column where one is given. Rows without one count as ''. */
  private async count(runner: QueryRunner, column: 'restorability' | null): Promise<void> {
    const more = column === null ? '' : `, coalesce(${column}, '')`;
    const name = column === null ? '' : `, ${column}`;
    await runner.query('DELETE FROM snapshot_counts');
    await runner.query('ALTER TABLE snapshot_counts DROP CONSTRAINT snapshot_counts_pkey');
    if (column === null) await runner.query('ALTER TABLE snapshot_counts DROP COLUMN restorability');
    else await runner.query(`ALTER TABLE snapshot_counts ADD COLUMN ${column} text NOT NULL`);
    await runner.query(`ALTER TABLE snapshot_counts ADD PRIMARY KEY (environment_id, status, trigger, pinned${name})`);
    await runner.query(`
      INSERT INTO snapshot_counts (environment_id, project_id, status, trigger, pinned${name}, snapshots)
      SELECT environment_id, project_id, status, trigger, pinned_at IS NOT NULL${more}, count(*)
        FROM snapshots GROUP BY environment_id, project_id, status, trigger, pinned_at IS NOT NULL${more}`);
    // In the order of the key, so that two transactions never wait for each other's counts in a circle.
    // The environment may be going together with its snapshots: then there is nothing left to count.
    await runner.query(`
      CREATE OR REPLACE FUNCTION count_snapshots() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        came text := 'SELECT *, 1 AS difference FROM added';
        went text := 'SELECT *, -1 AS difference FROM removed';
      BEGIN
        EXECUTE format(
          'INSERT INTO snapshot_counts AS counts (environment_id, project_id, status, trigger, pinned${name}, snapshots)
           SELECT environment_id, project_id, status, trigger, pinned_at IS NOT NULL${more.replaceAll("'", "''")}, sum(difference)
             FROM (%s) changes
            WHERE EXISTS (SELECT FROM environments WHERE id = environment_id)
            GROUP BY 1, 2, 3, 4, 5${column === null ? '' : ', 6'} HAVING sum(difference) <> 0
            ORDER BY 1, 3, 4, 5${column === null ? '' : ', 6'}
           ON CONFLICT (environment_id, status, trigger, pinned${name})
           DO UPDATE SET snapshots = counts.snapshots + excluded.snapshots',
          CASE TG_OP WHEN 'INSERT' THEN came WHEN 'DELETE' THEN went ELSE came || ' UNION ALL ' || went END);
        RETURN NULL;
      END $$`);
    for (const [operation, tables] of OPERATIONS) {
      await runner.query(`
        CREATE TRIGGER count_${operation.toLowerCase()} AFTER ${operation} ON snapshots REFERENCING ${tables}
        FOR EACH STATEMENT EXECUTE FUNCTION count_snapshots()`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [operation] of OPERATIONS)
      await runner.query(`DROP TRIGGER count_${operation.toLowerCase()} ON snapshots`);
    await runner.query(`UPDATE snapshot_verifications SET outcome = 'inconclusive' WHERE outcome = 'failed'`);
    await runner.query(`
      ALTER TABLE snapshot_verifications
        DROP CONSTRAINT snapshot_verifications_outcome_check,
        ADD CONSTRAINT snapshot_verifications_outcome_check
          CHECK (outcome IN ('equal', 'different', 'damaged', 'inconclusive'))`);
    await runner.query('ALTER TABLE snapshots ADD COLUMN damage jsonb');
    await runner.query(`
      UPDATE snapshots s SET damage = (
        SELECT jsonb_build_object('code', found ->> 'code', 'message', found ->> 'message')
          FROM jsonb_array_elements(s.restorability_findings) found WHERE found ->> 'code' = 'snapshot-damaged' LIMIT 1)
       WHERE s.restorability = 'refuted'`);
    await runner.query('ALTER TABLE snapshots DROP COLUMN restorability, DROP COLUMN restorability_findings');
    await runner.query('ALTER TABLE snapshots RENAME COLUMN proven_at TO verified_at');
    await this.count(runner, null);
  }
}
