import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first schema: registry, snapshots, rollbacks, settings, progress. */
export class Initial1764000000000 implements MigrationInterface {
  name = 'Initial1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE projects (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        organization text NOT NULL,
        name text NOT NULL,
        description text,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        UNIQUE (organization, name)
      )`);

    await runner.query(`
      CREATE TABLE environments (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        project_id uuid NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
        name text NOT NULL,
        type text NOT NULL CHECK (type IN ('production', 'staging', 'development')),
        labels jsonb NOT NULL DEFAULT '{}',
        database jsonb,
        database_password text,
        filestore_path text,
        pool text NOT NULL DEFAULT 'default',
        neutralize_sql text,
        allow_unneutralized boolean NOT NULL DEFAULT false,
        cutover_by uuid,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        UNIQUE (project_id, name),
        CHECK (database IS NOT NULL OR filestore_path IS NOT NULL)
      )`);

    await runner.query(`
      CREATE TABLE snapshot_settings (
        environment_id uuid PRIMARY KEY REFERENCES environments (id) ON DELETE CASCADE,
        auto_enabled boolean NOT NULL DEFAULT true,
        failure_policy text NOT NULL DEFAULT 'block' CHECK (failure_policy IN ('block', 'continue')),
        max_pinned integer NOT NULL DEFAULT 5 CHECK (max_pinned BETWEEN 0 AND 100),
        retention_days integer NOT NULL DEFAULT 30 CHECK (retention_days BETWEEN 1 AND 3650),
        timeout_seconds integer NOT NULL DEFAULT 3600 CHECK (timeout_seconds BETWEEN 60 AND 86400),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      )`);

    await runner.query(`
      CREATE TABLE snapshots (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        environment_id uuid NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        project_id uuid NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
        type text NOT NULL DEFAULT 'full' CHECK (type IN ('full', 'differential')),
        base_snapshot_id uuid REFERENCES snapshots (id) ON DELETE RESTRICT,
        trigger text NOT NULL CHECK (trigger IN ('manual', 'pre_deploy', 'scheduled', 'safety')),
        status text NOT NULL DEFAULT 'queued'
          CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled', 'deleting')),
        label text,
        pinned_at timestamptz(3),
        database_bytes bigint,
        filestore_bytes bigint,
        file_count bigint,
        stored_bytes bigint,
        server_version text,
        requested_by text NOT NULL,
        deployment_id uuid,
        attempt integer NOT NULL DEFAULT 0,
        cancel_requested boolean NOT NULL DEFAULT false,
        warnings jsonb NOT NULL DEFAULT '[]',
        failure jsonb,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        started_at timestamptz(3),
        finished_at timestamptz(3)
      )`);
    // One index for each order and filter that the two lists serve.
    await runner.query(`CREATE INDEX snapshots_newest ON snapshots (environment_id, created_at DESC, id DESC)`);
    await runner.query(
      `CREATE INDEX snapshots_by_status ON snapshots (environment_id, status, created_at DESC, id DESC)`,
    );
    await runner.query(
      `CREATE INDEX snapshots_by_trigger ON snapshots (environment_id, trigger, created_at DESC, id DESC)`,
    );
    await runner.query(
      `CREATE INDEX snapshots_pinned ON snapshots (environment_id, created_at DESC, id DESC) WHERE pinned_at IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX snapshots_of_project ON snapshots (project_id, created_at DESC, id DESC)`);
    await runner.query(
      `CREATE INDEX snapshots_of_project_by_status ON snapshots (project_id, status, created_at DESC, id DESC)`,
    );
    await runner.query(
      `CREATE INDEX snapshots_base ON snapshots (base_snapshot_id) WHERE base_snapshot_id IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX snapshots_unfinished ON snapshots (status) WHERE status IN ('queued', 'running', 'deleting')`,
    );

    await this.countSnapshots(runner);

    await runner.query(`
      CREATE TABLE deployments (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        environment_id uuid NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('deploy', 'rollback')),
        status text NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'reverted')),
        version text,
        gate text CHECK (gate IN ('pending', 'open', 'closed')),
        gate_reason text,
        gate_deadline timestamptz(3),
        snapshot_id uuid REFERENCES snapshots (id) ON DELETE SET NULL,
        rollback_deployment_id uuid REFERENCES deployments (id) ON DELETE SET NULL,
        requested_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        finished_at timestamptz(3)
      )`);
    await runner.query(`CREATE INDEX deployments_newest ON deployments (environment_id, created_at DESC, id DESC)`);
    await runner.query(`CREATE INDEX deployments_snapshot ON deployments (snapshot_id)`);
    await runner.query(`CREATE INDEX deployments_pending ON deployments (gate_deadline) WHERE gate = 'pending'`);

    await runner.query(`
      CREATE TABLE rollback_logs (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        deployment_id uuid NOT NULL UNIQUE REFERENCES deployments (id) ON DELETE CASCADE,
        environment_id uuid NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        source_environment_id uuid NOT NULL,
        snapshot_id uuid REFERENCES snapshots (id) ON DELETE SET NULL,
        safety_snapshot_id uuid REFERENCES snapshots (id) ON DELETE SET NULL,
        create_safety_snapshot boolean NOT NULL,
        status text NOT NULL DEFAULT 'queued'
          CHECK (status IN ('queued', 'running', 'completed', 'failed', 'reverted')),
        steps jsonb NOT NULL DEFAULT '[]',
        attempt integer NOT NULL DEFAULT 0,
        downtime_ms integer,
        kept_database text,
        kept_directory text,
        warnings jsonb NOT NULL DEFAULT '[]',
        failure jsonb,
        requested_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        started_at timestamptz(3),
        finished_at timestamptz(3)
      )`);
    await runner.query(`CREATE INDEX rollback_logs_newest ON rollback_logs (environment_id, created_at DESC, id DESC)`);
    await runner.query(`CREATE INDEX rollback_logs_snapshot ON rollback_logs (snapshot_id, created_at DESC)`);
    await runner.query(`CREATE INDEX rollback_logs_safety ON rollback_logs (safety_snapshot_id)`);
    // The database itself keeps two rollbacks from changing one environment at the same time.
    await runner.query(
      `CREATE UNIQUE INDEX rollback_logs_one_at_a_time ON rollback_logs (environment_id) WHERE status IN ('queued', 'running')`,
    );

    await runner.query(`
      CREATE TABLE snapshot_deletions (
        snapshot_id uuid PRIMARY KEY,
        environment_id uuid NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        created_at timestamptz(3) NOT NULL,
        deleted_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_by text NOT NULL,
        reason text NOT NULL
      )`);
    await runner.query(
      `CREATE INDEX snapshot_deletions_newest ON snapshot_deletions (environment_id, deleted_at DESC)`,
    );

    await runner.query(`
      CREATE TABLE progress_events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        subject_id uuid NOT NULL,
        data jsonb NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX progress_events_of_subject ON progress_events (subject_id, id)`);
    await runner.query(`CREATE INDEX progress_events_age ON progress_events (created_at)`);

    await runner.query(`
      CREATE TABLE idempotency_keys (
        organization text NOT NULL,
        operation text NOT NULL,
        key text NOT NULL,
        fingerprint text NOT NULL,
        resource_id uuid NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (organization, operation, key)
      )`);
    await runner.query(`CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)`);
  }

  /**
   * Every list says how many items there are in all. Counting a million rows for each page would take
   * longer than the page, so the counts are kept, by everything a list can be filtered by.
   */
  private async countSnapshots(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE snapshot_counts (
        environment_id uuid NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        project_id uuid NOT NULL,
        status text NOT NULL,
        trigger text NOT NULL,
        pinned boolean NOT NULL,
        snapshots bigint NOT NULL,
        PRIMARY KEY (environment_id, status, trigger, pinned)
      )`);
    await runner.query(`CREATE INDEX snapshot_counts_of_project ON snapshot_counts (project_id)`);
    // In the order of the key, so that two transactions never wait for each other's counts in a circle.
    // The environment may be going together with its snapshots: then there is nothing left to count.
    await runner.query(`
      CREATE FUNCTION count_snapshots() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        came text := 'SELECT *, 1 AS difference FROM added';
        went text := 'SELECT *, -1 AS difference FROM removed';
      BEGIN
        EXECUTE format(
          'INSERT INTO snapshot_counts AS counts
           SELECT environment_id, project_id, status, trigger, pinned_at IS NOT NULL, sum(difference)
             FROM (%s) changes
            WHERE EXISTS (SELECT FROM environments WHERE id = environment_id)
            GROUP BY 1, 2, 3, 4, 5 HAVING sum(difference) <> 0 ORDER BY 1, 3, 4, 5
           ON CONFLICT (environment_id, status, trigger, pinned)
           DO UPDATE SET snapshots = counts.snapshots + excluded.snapshots',
          CASE TG_OP WHEN 'INSERT' THEN came WHEN 'DELETE' THEN went ELSE came || ' UNION ALL ' || went END);
        RETURN NULL;
      END $$`);
    for (const [operation, tables] of [
      ['INSERT', 'NEW TABLE AS added'],
      ['UPDATE', 'OLD TABLE AS removed NEW TABLE AS added'],
      ['DELETE', 'OLD TABLE AS removed'],
    ] as const) {
      await runner.query(`
        CREATE TRIGGER count_${operation.toLowerCase()} AFTER ${operation} ON snapshots REFERENCING ${tables}
        FOR EACH STATEMENT EXECUTE FUNCTION count_snapshots()`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'idempotency_keys',
      'progress_events',
      'snapshot_deletions',
      'rollback_logs',
      'deployments',
      'snapshots',
      'snapshot_counts',
      'snapshot_settings',
      'environments',
      'projects',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
    await runner.query('DROP FUNCTION count_snapshots');
  }
}
