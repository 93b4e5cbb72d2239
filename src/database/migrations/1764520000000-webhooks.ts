import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/**
 * Who is told of what happens in a project, what there is to tell, and to whom it was told. Older programs may be started on it: they
 * tell nobody, and the newer ones beside them tell what they do themselves.
 */
export class Webhooks1764520000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, Webhooks1764520000000, 1764480000000);
    await runner.query(`
      CREATE TABLE webhooks (
        id uuid PRIMARY KEY,
        project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
        url text NOT NULL,
        events text[] NOT NULL,
        -- Null: all.
        environment_ids uuid[],
        description text,
        enabled boolean NOT NULL,
        -- Sealed, each of them.
        secret text NOT NULL,
        previous_secret text,
        previous_secret_until timestamptz,
        first_failed_at timestamptz,
        last_failure jsonb,
        wait_until timestamptz,
        disabled_because jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX webhooks_of_project ON webhooks (project_id, created_at DESC, id DESC)');
    await runner.query(`
      CREATE TABLE webhook_events (
        id uuid PRIMARY KEY,
        project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
        -- No reference: whoever writes an event must never wait for whoever deletes its environment.
        environment_id uuid,
        type text NOT NULL,
        subject uuid NOT NULL,
        -- What is sent, byte for byte, at every try.
        body text NOT NULL,
        created_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX webhook_events_of_project ON webhook_events (project_id)');
    await runner.query('CREATE INDEX webhook_events_created ON webhook_events (created_at)');
    await runner.query(`
      CREATE TABLE webhook_deliveries (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
        event_id uuid NOT NULL REFERENCES webhook_events ON DELETE CASCADE,
        event_type text NOT NULL,
        environment_id uuid,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'exhausted', 'skipped')),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz CHECK ((next_attempt_at IS NOT NULL) = (status = 'pending')),
        last_attempt jsonb,
        delivered_at timestamptz,
        created_at timestamptz NOT NULL
      )`);
    await runner.query(
      'CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, created_at DESC, id DESC)',
    );
    await runner.query(
      'CREATE INDEX webhook_deliveries_by_status ON webhook_deliveries (webhook_id, status, created_at DESC, id DESC)',
    );
    await runner.query(
      `CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, next_attempt_at) WHERE status = 'pending'`,
    );
    await runner.query('CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id)');
    await runner.query('CREATE INDEX webhook_deliveries_created ON webhook_deliveries (created_at)');
    await runner.query(
      `CREATE INDEX webhook_deliveries_of_environment ON webhook_deliveries (environment_id) WHERE status = 'pending'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE webhook_deliveries');
    await runner.query('DROP TABLE webhook_events');
    await runner.query('DROP TABLE webhooks');
    await runner.query(`DELETE FROM keeper_items WHERE kind = 'webhook-delivery'`);
  }
}
