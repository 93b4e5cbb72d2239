import { setTimeout as sleep } from 'node:timers/promises';
import { cpus } from 'node:os';
import { PgBoss } from 'pg-boss';
import { QUEUE_SCHEMA } from '../../src/jobs/job-queue.js';
import { CAPTURE_JOB } from '../../src/snapshots/jobs/job-names.js';
import { processorSeconds, ownSeconds } from '../machine/processor-time.js';
import type { Server } from '../machine/start-server.js';
import type { BenchCase } from '../results.js';
import { makeProject, type Place } from './rows.js';
import { type Keys, newKeys, ORGANIZATION, startSnapback } from './service-process.js';
import { openState, type State } from './state.js';

export interface QueueOptions {
  jobs: number;
}

const WORKERS = [1, 2, 4];
/** Of an environment without a pool of its own. */
const QUEUE = `${CAPTURE_JOB}/default`;
/** Of one environment all would take turns at its row. */
const ENVIRONMENTS = 100;
/** Jobs of one statement. */
const BATCH = 1000;
/** Looking at the queue is work for the database, too. */
const LOOK_MS = 500;

interface Drained {
  workers: number;
  jobsPerSecond: number;
  /** Of one processor, while the queue was drained: what the workers took, and the database. */
  workersShare: number;
  databaseShare: number;
}

/**
 * A queue of captures that were cancelled before anybody took them, so that a job is only what every job is: taken, looked at, told in the
 * log, ended. Drained by one worker as it comes, by two, by four.
 */
export async function measureQueue({ jobs }: QueueOptions): Promise<BenchCase[]> {
  const state = await openState();
  try {
    const place = await makeProject(state.dataSource, 'queued', ENVIRONMENTS);
    const service = { state, place, keys: newKeys() };
    const drained: Drained[] = [];
    for (const workers of WORKERS) drained.push(await drain(service, workers, jobs));
    return report(drained, jobs);
  } finally {
    await state.stop();
  }
}

interface Service {
  state: State;
  place: Place;
  keys: Keys;
}

async function drain({ state, place, keys }: Service, workers: number, jobs: number): Promise<Drained> {
  const servers: Server[] = [];
  const boss = new PgBoss({
    connectionString: state.url,
    schema: QUEUE_SCHEMA,
    max: 1,
    supervise: false,
    schedule: false,
  });
  try {
    for (let n = 0; n < workers; n += 1)
      servers.push(await startSnapback(state, keys, { ROLE: 'worker', METRICS_PORT: '0' }));
    await boss.start();
    await untilThere(boss);
    const before = await spent(servers, state);
    const startedAt = performance.now();
    await fill(state, boss, place, jobs);
    while ((await left(state)) > 0) await sleep(LOOK_MS);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await spent(servers, state);
    const share = (name: keyof typeof after) => Math.round(((after[name] - before[name]) / seconds) * 100) / 100;
    return {
      workers,
      jobsPerSecond: Math.round(jobs / seconds),
      workersShare: share('workers'),
      databaseShare: share('database'),
    };
  } finally {
    await boss.stop({ graceful: false, close: true });
    for (const server of servers) await server.stop();
  }
}

/** The first worker makes it. */
async function untilThere(boss: PgBoss): Promise<void> {
  while ((await boss.getQueue(QUEUE)) === null) await sleep(LOOK_MS);
  // Then all of them have come so far that they wait.
  await sleep(1000);
}

async function fill(
  { dataSource }: State,
  boss: PgBoss,
  { projectId, environmentIds }: Place,
  jobs: number,
): Promise<void> {
  for (let start = 0; start < jobs; start += BATCH) {
    const rows: { id: string }[] = await dataSource.query(
      `INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, finished_at)
       SELECT ($1::uuid[])[1 + n % ${ENVIRONMENTS}], $2, 'manual', 'cancelled', 'bench', now()
         FROM generate_series(1, $3::int) n RETURNING id`,
      [environmentIds, projectId, Math.min(BATCH, jobs - start)],
    );
    await boss.insert(
      QUEUE,
      // As `JobQueue` has them: an organization's, each with its turn.
      rows.map(({ id }, n) => ({ data: { snapshotId: id }, group: { id: ORGANIZATION }, priority: 0 - (start + n) })),
    );
  }
}

async function left({ dataSource }: State): Promise<number> {
  const [row] = await dataSource.query<{ count: string }[]>(
    `SELECT count(*) FROM jobs.job WHERE name = $1 AND state::text IN ('created', 'retry', 'active')`,
    [QUEUE],
  );
  return Number(row?.count);
}

/** Processor seconds so far. */
async function spent(servers: readonly Server[], state: State): Promise<{ workers: number; database: number }> {
  const own = await Promise.all(servers.map(({ pid }) => ownSeconds(pid)));
  return { workers: own.reduce((sum, one) => sum + one, 0), database: await processorSeconds(await state.serverPid()) };
}

function report(drained: readonly Drained[], jobs: number): BenchCase[] {
  const [one] = drained;
  const scaled = drained.map((each) => ({
    ...each,
    scaling: Math.round((each.jobsPerSecond / (one?.jobsPerSecond ?? 1)) * 100) / 100,
  }));
  console.table(scaled);
  console.log(`A queue of ${jobs} jobs, on ${cpus().length} processors.`);
  return [{ case: 'queue', ratio: null, jobs, drained: scaled }];
}
