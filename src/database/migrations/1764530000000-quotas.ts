import type { MigrationInterface, QueryRunner } from 'typeorm';
import { worksWithProgramsOf } from '../schema-compatibility.js';

/**
 * What an organization may have and what it has had, whose turn it is in the queues, and which jobs run. Older programs may be started on
 * it: they hold nobody to a quota, and their jobs come first.
 */
export class Quotas1764530000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await worksWithProgramsOf(runner, Quotas1764530000000, 1764520000000);
    await runner.query(`
      CREATE TABLE quotas (
        organization text PRIMARY KEY,
        -- By name; null: no limit. What is not in it has the limit of the configuration.
        limits jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE queue_turns (
        queue text NOT NULL,
        -- '' is the queue itself: the largest tag of a job that has begun.
        organization text NOT NULL,
        tag integer NOT NULL,
        PRIMARY KEY (queue, organization)
      )`);
    await runner.query(`
      CREATE TABLE running_jobs (
        job_id uuid PRIMARY KEY,
        queue text NOT NULL,
        organization text NOT NULL,
        -- Which of its tries it is: one that was given up does not end the next one.
        attempt integer NOT NULL
      )`);
    await runner.query('CREATE INDEX running_jobs_of_organization ON running_jobs (organization)');
    await runner.query(`
      CREATE TABLE usage_days (
        -- No reference: what a project has used is told when it is gone, too.
        project_id uuid NOT NULL,
        day date NOT NULL,
        organization text NOT NULL,
        project_name text NOT NULL,
        looks integer NOT NULL DEFAULT 0,
        last_look timestamptz,
        -- Over all looks: their means are these by the number of looks.
        logical_sum numeric NOT NULL DEFAULT 0,
        stored_sum numeric NOT NULL DEFAULT 0,
        added_bytes bigint NOT NULL DEFAULT 0,
        snapshots integer NOT NULL DEFAULT 0,
        PRIMARY KEY (project_id, day)
      )`);
    await runner.query('CREATE INDEX usage_days_of_organization ON usage_days (organization, day, project_id)');
    await runner.query('CREATE INDEX usage_days_by_day ON usage_days (day)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['usage_days', 'running_jobs', 'queue_turns', 'quotas'])
      await runner.query(`DROP TABLE ${table}`);
    await runner.query(`DELETE FROM keeper_items WHERE kind = 'usage'`);
  }
}
