import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Configuration } from '../../src/config/configuration.js';
import { RetentionCron } from '../../src/retention/retention.cron.js';
import type { RetentionService } from '../../src/retention/retention.service.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment, addSnapshot, retentionOn } from './retention-fixture.js';

let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
});
afterAll(() => registry.close());
afterEach(async () => {
  await registry.dataSource.query('TRUNCATE projects CASCADE');
});

type Applies = Pick<RetentionService, 'apply'>;

function cronOf(service: Applies, changes: Partial<Configuration> = {}) {
  const scheduler = new SchedulerRegistry();
  const configuration = Object.assign(new Configuration(), changes);
  return {
    scheduler,
    cron: new RetentionCron(configuration, scheduler, registry.dataSource, service as RetentionService),
  };
}

/** Environments with one snapshot that is due. */
async function addEnvironments(count: number): Promise<string[]> {
  const ids = [];
  for (let index = 0; index < count; index += 1) {
    const { environment } = await addEnvironment(registry);
    await addSnapshot(registry, environment, 1);
    await addSnapshot(registry, environment, 40);
    ids.push(environment.id);
  }
  return ids;
}

describe('the daily run', () => {
  it('is scheduled in UTC where there is a worker, and ends with the process', async () => {
    for (const [ROLE, scheduled] of [
      ['all', 1],
      ['worker', 1],
      ['api', 0],
    ] as const) {
      const { cron, scheduler } = cronOf(retentionOn(registry).service, { ROLE, RETENTION_CRON: '30 4 * * *' });
      cron.onApplicationBootstrap();
      expect(scheduler.getCronJobs().size).toBe(scheduled);
      for (const job of scheduler.getCronJobs().values()) {
        expect(job.nextDate().toUTC().toFormat('HH:mm')).toBe('04:30');
        await job.stop();
      }
      await cron.beforeApplicationShutdown();
    }
  });

  it('prunes every environment', async () => {
    await addEnvironments(3);
    const { service, queued } = retentionOn(registry);
    await cronOf(service).cron.run();
    expect(queued).toHaveLength(3);
  });

  it('is done by one process of many', async () => {
    const ids = await addEnvironments(2);
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const applied: string[] = [];
    const slow: Applies = {
      async apply(environmentId) {
        applied.push(environmentId);
        entered.resolve();
        await leave.promise;
        return 0;
      },
    };
    const first = cronOf(slow).cron.run();
    await entered.promise;
    await cronOf(slow).cron.run();
    leave.resolve();
    await first;
    expect(applied.toSorted()).toEqual(ids.toSorted());
  });

  it('can be done again afterwards, by any process', async () => {
    await addEnvironments(1);
    const { service, queued } = retentionOn(registry);
    const cron = cronOf(service).cron;
    await cron.run();
    await addEnvironments(1);
    await cron.run();
    await cronOf(service).cron.run();
    expect(queued).toHaveLength(2);
  });

  it('goes on with the others when one environment fails, and logs why', async () => {
    const [broken] = (await addEnvironments(3)).toSorted();
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { service, queued } = retentionOn(registry);
    const failing: Applies = {
      async apply(environmentId) {
        if (environmentId === broken) throw new Error('the disk is on fire');
        return service.apply(environmentId);
      },
    };
    await cronOf(failing).cron.run();
    expect(queued).toHaveLength(2);
    expect(error).toHaveBeenCalledExactlyOnceWith(
      { err: new Error('the disk is on fire'), environmentId: broken },
      expect.any(String),
    );
    error.mockRestore();
  });

  it('lets an environment finish when the process stops, and leaves the others for another day', async () => {
    await addEnvironments(3);
    const entered = Promise.withResolvers<void>();
    const { service, queued } = retentionOn(registry);
    const slow: Applies = {
      async apply(environmentId) {
        entered.resolve();
        return service.apply(environmentId);
      },
    };
    const { cron } = cronOf(slow);
    const running = cron.run();
    await entered.promise;
    await cron.beforeApplicationShutdown();
    expect(queued).toHaveLength(1);
    await running;
  });

  it('removes progress events and idempotency keys that have had their time, and no others', async () => {
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
    await cronOf(retentionOn(registry).service).cron.run();
    const events: { count: string }[] = await registry.dataSource.query('SELECT count(*) FROM progress_events');
    const keys: { key: string }[] = await registry.dataSource.query('SELECT key FROM idempotency_keys');
    expect([events[0]?.count, keys]).toEqual(['1', [{ key: 'new' }]]);
  });
});
