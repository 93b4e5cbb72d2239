import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AuditExpiry } from '../../src/audit/audit-expiry.js';
import { Configuration } from '../../src/config/configuration.js';
import { UpkeepRegistry } from '../../src/keeper/upkeep-registry.js';
import { PinExpiry } from '../../src/retention/pin-expiry.js';
import { RetentionRunUpkeep } from '../../src/retention/retention-run-upkeep.js';
import { RetentionUpkeep } from '../../src/retention/retention-upkeep.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment, addSnapshot, retentionOn } from './retention-fixture.js';

let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
});
afterAll(() => registry.close());
afterEach(async () => {
  await registry.dataSource.query('TRUNCATE projects CASCADE');
  await registry.dataSource.query('TRUNCATE keeper_items');
});

function runOf(changes: Partial<Configuration> = {}): RetentionRunUpkeep {
  const configuration = Object.assign(new Configuration(), changes);
  const pins = new PinExpiry(registry.dataSource, registry.announcements);
  const audit = new AuditExpiry(configuration, registry.dataSource);
  const registered = new UpkeepRegistry();
  return new RetentionRunUpkeep(configuration, registry.dataSource, registered, registry.items, pins, audit);
}

async function items(kind: string) {
  const rows: { subject: string; data: object; waits: number }[] = await registry.dataSource.query(
    `SELECT subject, data, extract(epoch FROM due_at - now())::float8 AS waits FROM keeper_items WHERE kind = $1`,
    [kind],
  );
  return rows;
}

const never = new AbortController().signal;

describe('the daily run', () => {
  it('waits for its hour in UTC, by the clock of the database, where there is a worker', async () => {
    const [before] = await registry.dataSource.query<{ seconds: number }[]>(
      `SELECT extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '28 hours 30 minutes'
                               - now() AT TIME ZONE 'UTC')::float8 AS seconds`,
    );
    const expected = (before?.seconds ?? 0) % 86_400;
    await runOf({ ROLE: 'api' }).onApplicationBootstrap();
    expect(await items('retention-run')).toEqual([]);
    const run = runOf({ RETENTION_CRON: '30 4 * * *' });
    await run.onApplicationBootstrap();
    await run.onApplicationBootstrap();
    const [item, ...more] = await items('retention-run');
    expect(more).toEqual([]);
    expect(Math.abs((item?.waits ?? 0) - expected)).toBeLessThan(10);
    const { afterSeconds } = await run.tend({}, never);
    expect(Math.abs(afterSeconds - expected)).toBeLessThan(10);
  });

  it('leaves every environment to the keeper, each by itself', async () => {
    const ids = [];
    for (let index = 0; index < 3; index += 1) ids.push((await addEnvironment(registry)).environment.id);
    await runOf().tend({}, never);
    expect((await items('retention')).map(({ subject }) => subject).toSorted()).toEqual(ids.toSorted());
  });

  it('removes progress events, idempotency keys and what webhooks were told that have had their time, and no others', async () => {
    await registry.dataSource.query(
      `INSERT INTO progress_events (subject_id, data, created_at)
       SELECT gen_random_uuid(), '{}'::jsonb, now() - interval '8 days' FROM generate_series(1, 12000)
        UNION ALL SELECT gen_random_uuid(), '{}', now() - interval '6 days'`,
    );
    await registry.dataSource.query(
      `INSERT INTO idempotency_keys (organization, operation, key, fingerprint, resource_id, created_at)
       VALUES ('acme', 'snapshotCreate', 'old', '', gen_random_uuid(), now() - interval '25 hours'),
              ('acme', 'snapshotCreate', 'new', '', gen_random_uuid(), now() - interval '23 hours')`,
    );
    await registry.dataSource.query(
      `WITH project AS (INSERT INTO projects (id, organization, name) VALUES (gen_random_uuid(), 'acme', 'told') RETURNING id),
            webhook AS (INSERT INTO webhooks (id, project_id, url, events, enabled, secret)
                        SELECT gen_random_uuid(), id, 'https://x', '{*}', true, '' FROM project RETURNING id, project_id),
            event AS (INSERT INTO webhook_events (id, project_id, type, subject, body, created_at)
                      SELECT gen_random_uuid(), project_id, 'test', webhook.id, '', now() - make_interval(days => days)
                        FROM webhook, unnest('{29,31}'::int[]) days RETURNING id, created_at)
       INSERT INTO webhook_deliveries (webhook_id, event_id, event_type, status, created_at)
       SELECT webhook.id, event.id, 'test', 'delivered', event.created_at FROM webhook, event`,
    );
    await runOf().tend({}, never);
    for (const table of ['webhook_events', 'webhook_deliveries'])
      expect(await registry.dataSource.query(`SELECT (now()::date - created_at::date) AS days FROM ${table}`)).toEqual([
        { days: 29 },
      ]);
    const events: { count: string }[] = await registry.dataSource.query('SELECT count(*) FROM progress_events');
    const keys: { key: string }[] = await registry.dataSource.query('SELECT key FROM idempotency_keys');
    expect([events[0]?.count, keys]).toEqual(['1', [{ key: 'new' }]]);
  });
});

describe('the retention of an environment', () => {
  async function tended(share: number, data: object = {}) {
    const { environment } = await addEnvironment(registry);
    for (const daysOld of [1, 40, 50]) await addSnapshot(registry, environment, daysOld);
    const { service, queued } = retentionOn(registry, { RETENTION_MAX_SHARE: share });
    const upkeep = new RetentionUpkeep(new UpkeepRegistry(), registry.items, registry.announcements, service);
    const item = { subject: environment.id, data } as Parameters<RetentionUpkeep['tend']>[0];
    return { upkeep, item, queued };
  }

  it('deletes what is due', async () => {
    const { upkeep, item, queued } = await tended(1);
    await upkeep.tend(item);
    expect(queued).toHaveLength(2);
  });

  it('calls a person when it would be more than usual, and remembers how many that were', async () => {
    const { upkeep, item } = await tended(0.1);
    await expect(upkeep.tend(item)).rejects.toMatchObject({ needsPerson: true, remember: { due: 2 } });
    const asked = { ...item, failure: { code: 'retention-stopped', message: '' }, data: { due: 2 } };
    expect(upkeep.confirmed(asked)).toEqual({ confirmedDeletions: 2 });
    await upkeep.tend({ ...item, data: { confirmedDeletions: 2 } });
  });

  it('has nothing to do for one that is gone', async () => {
    const { upkeep, item } = await tended(1);
    await registry.dataSource.query('TRUNCATE projects CASCADE');
    await expect(upkeep.tend(item)).resolves.toBeUndefined();
  });
});
