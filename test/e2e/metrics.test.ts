import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { settingsUpdate, snapshotVerify, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { startTcpProxy } from '../harness/tcp-proxy.js';
import type { TcpProxy } from '../harness/tcp-proxy.js';
import { rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
let worker: ServiceProcess;
let cable: TcpProxy;
let own: string;
let ofWorker: string;

beforeAll(async () => {
  const [port, workerPort] = [await freePort(), await freePort()];
  service = await startTestService({ METRICS_PORT: String(port), QUOTA_SNAPSHOTS: '1000' });
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { type: 'production' });
  cable = await startTcpProxy(service.database.port, { text: 'nobody says this', delivered: false });
  const url = new URL(service.env['DATABASE_URL']!);
  url.port = String(cable.port);
  const env = { ...service.env, ROLE: 'worker', WORKER_POOLS: 'elsewhere', METRICS_PORT: String(workerPort) };
  worker = await startServiceProcess({ ...env, DATABASE_URL: url.href });
  own = `http://127.0.0.1:${port}`;
  ofWorker = `http://127.0.0.1:${workerPort}`;
});
afterAll(async () => {
  await worker.kill();
  await service.stop();
  await place.database.drop();
});

async function read(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** Of the series of the environment. */
function ofPlace(metrics: Map<string, number>, name: string): number | undefined {
  const id = `environment_id="${place.environment.id}"`;
  return [...metrics].find(([series]) => series.startsWith(`${name}{`) && series.includes(id))?.[1];
}

const fresh = (name: string, is: (value: number | undefined) => boolean) =>
  waitUntil(
    `${name} is as it should be`,
    async () => {
      const metrics = await read(own);
      return is(ofPlace(metrics, name)) && metrics;
    },
    { everyMs: 500 },
  );

describe('the metrics', () => {
  it('say of an environment that it has no snapshot, and then since when it has', { timeout: 60_000 }, async () => {
    const before = await fresh('snapback_last_successful_snapshot_timestamp_seconds', (value) => value === 0);
    expect(ofPlace(before, 'snapback_last_proven_snapshot_timestamp_seconds')).toBe(0);
    expect(ofPlace(before, 'snapback_expected_interval_seconds')).toBe(0);

    const path = { environmentId: place.environment.id };
    const schedule = [{ cron: '0 */6 * * *', timeZone: 'UTC' }];
    await result(settingsUpdate({ client, path, body: { schedule } }));
    const snapshot = await takeSnapshot(client, place.environment.id);
    await result(snapshotVerify({ client, path: { ...path, snapshotId: snapshot.id } }));
    await waitUntil('it is proven', async () => {
      const { restorability } = await result(snapshotView({ client, path: { ...path, snapshotId: snapshot.id } }));
      return restorability?.state === 'proven';
    });
    await rollBack(client, place.environment.id, { snapshotId: snapshot.id });

    const takenAt = Date.parse(snapshot.createdAt) / 1000;
    const metrics = await fresh('snapback_last_proven_snapshot_timestamp_seconds', (value) => value !== 0);
    expect(ofPlace(metrics, 'snapback_last_successful_snapshot_timestamp_seconds')).toBeGreaterThanOrEqual(takenAt);
    expect(ofPlace(metrics, 'snapback_last_proven_snapshot_timestamp_seconds')).toBeCloseTo(takenAt, 0);
    expect(ofPlace(metrics, 'snapback_expected_interval_seconds')).toBe(6 * 3600);
    expect(metrics.get('snapback_snapshots_ended_total{status="completed"}')).toBeGreaterThanOrEqual(1);
    expect(metrics.get('snapback_rollbacks_ended_total{status="completed"}')).toBe(1);
    expect(metrics.get('snapback_rollback_downtime_seconds_count')).toBe(1);
    expect(metrics.get('snapback_capture_duration_seconds_count')).toBeGreaterThanOrEqual(1);
    expect(metrics.get('snapback_jobs_ended_total{kind="rollback.run",outcome="done"}')).toBe(1);
    expect(
      [...metrics.keys()].some((series) =>
        series.startsWith('snapback_http_requests_total{operation="snapshotCreate"'),
      ),
    ).toBe(true);
    expect(metrics.get('snapback_vault_free_bytes')).toBeGreaterThan(0);
  });

  it('say of which environment a rollback failed, and when', async () => {
    const name = 'snapback_last_rollback_timestamp_seconds';
    expect(ofPlace(await read(own), name)).toBeUndefined();
    // It is of no matter how it came to that.
    const [log] = await query<{ at: number }>(
      service.database,
      `UPDATE rollback_logs SET status = 'failed' RETURNING extract(epoch FROM finished_at)::float8 AS at`,
    );
    const metrics = await fresh(name, (value) => value !== undefined);
    expect(ofPlace(metrics, name)).toBeCloseTo(log!.at, 1);
    const series = [...metrics.keys()].filter((key) => key.startsWith(name));
    expect(series).toHaveLength(1);
    for (const label of ['status="failed"', `project="${place.project.name}"`, 'type="production"'])
      expect(series[0]).toContain(label);
  });

  it('tell deduplication and compression apart', { timeout: 60_000 }, async () => {
    const bytes = async () => {
      const metrics = await read(own);
      return (what: string) => metrics.get(`snapback_capture_bytes_total{what="${what}"}`) ?? 0;
    };
    // Half of it the other half once more, and little of that compresses badly.
    const half = Buffer.from(Array.from({ length: 40_000 }, (_, line) => `line ${line * 7919}\n`).join(''));
    for (const name of ['one', 'another']) await writeFile(join(place.environment.filestorePath!, name), half);
    const taken = async () => {
      const before = await bytes();
      await takeSnapshot(client, place.environment.id, { type: 'full' });
      const after = await bytes();
      return (what: string) => after(what) - before(what);
    };

    const first = await taken();
    expect(first('read')).toBeGreaterThan(2 * half.length);
    expect(first('new')).toBeGreaterThanOrEqual(half.length);
    expect(first('new')).toBeLessThan(1.5 * half.length);
    expect(first('packed')).toBeLessThan(first('new') / 2);
    expect(first('stored')).toBeGreaterThan(first('packed'));

    // Nothing of it is new but what `pg_dump` says, which begins with the time.
    const second = await taken();
    expect(second('read')).toBeGreaterThan(2 * half.length);
    expect(second('new')).toBeLessThan(half.length / 10);
    expect(second('packed')).toBeLessThan(first('packed') / 10);
  });

  it('have each series that the reference names, and none that it does not', async () => {
    const reference = await readFile('docs/metrics.md', 'utf8');
    const named = new Set(reference.match(/`snapback_[a-z_]+`/g)?.map((name) => name.slice(1, -1)));
    const there = [...(await read(own)).keys()].map((series) =>
      series.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, ''),
    );
    const own_ = new Set(there.filter((name) => name.startsWith('snapback_')));
    // A counter or gauge of what has not happened yet has no series.
    const mayBeAbsent = new Set(['snapback_operations_attention', 'snapback_last_rollback_timestamp_seconds']);
    expect([...own_].filter((name) => !named.has(name))).toEqual([]);
    expect([...named].filter((name) => !own_.has(name) && !mayBeAbsent.has(name))).toEqual([]);
  });

  it('escape names as they must, and name no more environments than they may', async () => {
    const hostile = 'a"b\\c\nd{e="f"} 1';
    await query(
      service.database,
      `INSERT INTO environments (project_id, name, type, filestore_path)
       SELECT '${place.environment.projectId}', E'a"b\\\\c\\nd{e="f"} 1' || n, 'staging', '/nowhere/' || n FROM generate_series(1, 2200) n`,
    );
    const metrics = await waitUntil(
      'they are there',
      async () => {
        const now = await read(own);
        return (now.get('snapback_environments') ?? 0) > 2200 && now;
      },
      { everyMs: 500 },
    );
    expect(metrics.get('snapback_environments_left_out')).toBe((metrics.get('snapback_environments') ?? 0) - 2000);
    const series = [...metrics.keys()].filter((name) => name.startsWith('snapback_schedule_paused{'));
    expect(series).toHaveLength(2000);
    const escaped = hostile.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    expect(series.some((name) => name.includes(`environment="${escaped}`))).toBe(true);
    await query(service.database, `DELETE FROM environments WHERE filestore_path LIKE '/nowhere/%'`);
  });
});

describe('a worker', () => {
  it('has metrics and health of its own', async () => {
    const metrics = await read(ofWorker);
    expect(metrics.get('snapback_state_database_up')).toBe(1);
    expect([...metrics.keys()].some((name) => /^snapback_build_info\{.*role="worker"\}$/.test(name))).toBe(true);
    expect(metrics.get('snapback_processes{role="worker"}')).toBe(1);
    expect(await (await fetch(`${ofWorker}/health/ready`)).json()).toEqual({
      status: 'ok',
      checks: { database: 'up', vault: 'up' },
    });
    expect((await fetch(`${ofWorker}/api/v1/projects`)).status).toBe(404);
    expect((await fetch(`${ofWorker}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('answers, and says so, while the state database is away', { timeout: 60_000 }, async () => {
    await cable.close();
    const metrics = await waitUntil(
      'it says so',
      async () => {
        const now = await read(ofWorker);
        return now.get('snapback_state_database_up') === 0 && now;
      },
      { everyMs: 500 },
    );
    // What was so when it was heard of last, is told still.
    expect(ofPlace(metrics, 'snapback_expected_interval_seconds')).toBeDefined();
    expect((await fetch(`${ofWorker}/health/live`)).status).toBe(200);
    // What was found out before counts for a moment.
    const ready = await waitUntil('it is not ready', async () => {
      const answer = await fetch(`${ofWorker}/health/ready`);
      return answer.status === 503 && answer.json();
    });
    expect(ready).toMatchObject({ status: 'unavailable', checks: { database: 'down' } });
  });
});
