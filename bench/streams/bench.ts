import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { mintToken } from '../../src/auth/minting/mint-token.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { ProgressEventEntity } from '../../src/progress/progress-event.entity.js';
import { ProgressLog } from '../../src/progress/progress-log.js';
import { NODE_OPTIONS } from '../machine/node-options.js';
import { memoryBytes, ownSeconds } from '../machine/processor-time.js';
import { startServer, type Server } from '../machine/start-server.js';
import { writeResults } from '../results.js';
import { quantile, requestsDuring, type Waits } from './requests.js';
import type { WatchersReport, WatchersRequest } from './watchers.js';

/** Streams of each subject: below the limit that a caller has unless it is told otherwise. */
const STREAMS_A_CALLER = 50;
const LIFETIME_SECONDS = 3600;

interface Options {
  streams: number;
  /** Snapshots that are watched, each by as many. */
  snapshots: number;
  /** How long each phase takes. */
  seconds: number;
}

interface Place {
  environmentId: string;
  snapshotIds: string[];
}

/**
 * One API process and many progress streams: what they take in memory, how soon an event is there, and how long other
 * requests take beside them, against the same requests before the first stream.
 */
export async function runStreamsBench(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const dataDir = await mkdtemp(join(tmpdir(), 'snapback-bench-'));
  await chmod(dataDir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir });
  const dataSource = await new DataSource(dataSourceOptions(postgres.url, 4, [ProgressEventEntity])).initialize();
  const watchers = fork(fileURLToPath(new URL('./watchers.js', import.meta.url)));
  let server: Server | undefined;
  try {
    await runMigrations(dataSource);
    const place = await fill(dataSource, options.snapshots);
    const secret = randomBytes(32).toString('hex');
    server = await startServer(
      join(import.meta.dirname, '../../src/main.js'),
      environment(postgres.url, dataDir, secret, options),
      NODE_OPTIONS,
    );
    const log = new ProgressLog(dataSource.getRepository(ProgressEventEntity));
    await measure(options, place, secret, server, watchers, log);
  } finally {
    watchers.kill();
    await server?.stop();
    await dataSource.destroy();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(
  options: Options,
  { environmentId, snapshotIds }: Place,
  secret: string,
  server: Server,
  watchers: ChildProcess,
  log: ProgressLog,
): Promise<void> {
  const { streams, seconds } = options;
  const base = `${server.url}/api/v1/environments/${environmentId}/snapshots`;
  const phase = async (during: () => Promise<void>) => {
    const before = await ownSeconds(server.pid);
    const startedAt = performance.now();
    const waits = await requestsDuring(`${base}?limit=20`, tokenOf('asker', secret), during);
    const took = (performance.now() - startedAt) / 1000;
    const processor = Math.round(((await ownSeconds(server.pid)) - before) * (100 / took)) / 100;
    return { ...waits, processor, rssBytes: await memoryBytes(server.pid) };
  };

  // Warms up.
  await requestsDuring(`${base}?limit=20`, tokenOf('asker', secret), () => sleep(2000));
  const without = await phase(() => sleep(seconds * 1000));
  const request: WatchersRequest = {
    streams: Array.from({ length: streams }, (_, at) => ({
      url: `${base}/${snapshotIds[at % snapshotIds.length]}/progress`,
      token: tokenOf(`watcher-${Math.floor(at / STREAMS_A_CALLER)}`, secret),
    })),
  };
  const startedAt = performance.now();
  watchers.send(request);
  await once(watchers, 'message');
  const openingSeconds = Math.round(performance.now() - startedAt) / 1000;
  await sleep(2000);
  await reportOf(watchers);
  const idle = await phase(() => sleep(seconds * 1000));
  await reportOf(watchers);
  const busy = await phase(() => recordEvents(log, snapshotIds, seconds));
  await sleep(2000);
  const { delays, ended, open } = await reportOf(watchers);
  if (open !== streams || ended > 0) throw new Error(`${open} streams were opened and ${ended} have ended.`);
  // Each of them must have got each event.
  if (delays.length !== streams * seconds) {
    throw new Error(`${delays.length} events have arrived, not ${streams * seconds}.`);
  }
  await show(options, { without, idle, busy }, { openingSeconds, delays });
}

async function show(
  { streams, snapshots, seconds }: Options,
  phases: Record<'without' | 'idle' | 'busy', Waits & { processor: number; rssBytes: number }>,
  { openingSeconds, delays }: { openingSeconds: number; delays: number[] },
): Promise<void> {
  const { without, idle, busy } = phases;
  const delivery = {
    events: delays.length,
    p50Ms: quantile(delays, 0.5),
    p99Ms: quantile(delays, 0.99),
    maxMs: quantile(delays, 1),
  };
  const slower = Math.round((Math.max(idle.p50Ms, busy.p50Ms) / without.p50Ms) * 100) / 100;
  const bytesAStream = Math.round((idle.rssBytes - without.rssBytes) / streams);
  console.table(phases);
  console.table({ delivery });
  console.log(
    `${streams} streams: ${Math.round(busy.rssBytes / 1e6)} MB, ${bytesAStream} bytes each; an event arrives after ` +
      `${delivery.p99Ms} ms (p99); other requests take ${slower} times as long as without streams (median).`,
  );
  await writeResults('streams', 1, [
    {
      case: 'streams',
      ratio: null,
      streams,
      snapshots,
      seconds,
      openingSeconds,
      bytesAStream,
      requestsSlower: slower,
      delivery,
      phases,
    },
  ]);
}

/** One event a second of each snapshot, spread over the second. */
async function recordEvents(log: ProgressLog, snapshotIds: readonly string[], seconds: number): Promise<void> {
  const startedAt = performance.now();
  for (let n = 0; n < seconds * snapshotIds.length; n += 1) {
    await sleep(Math.max(0, startedAt + (n * 1000) / snapshotIds.length - performance.now()));
    await log.append(snapshotIds[n % snapshotIds.length]!, eventOf(snapshotIds[n % snapshotIds.length]!));
  }
}

function eventOf(snapshotId: string): object {
  return {
    snapshotId,
    status: 'running',
    phase: 'database',
    percent: 50,
    bytesDone: 123_456_789,
    bytesTotal: 1_234_567_890,
    filesDone: 0,
    filesTotal: null,
    bytesPerSecond: 98_765_432,
    remainingSeconds: 11.2,
    message: 'Reading the database',
    failure: null,
    at: new Date().toISOString(),
    final: false,
  };
}

async function reportOf(watchers: ChildProcess): Promise<WatchersReport> {
  watchers.send('report');
  const [report] = (await once(watchers, 'message')) as [WatchersReport];
  return report;
}

async function fill(dataSource: DataSource, snapshots: number): Promise<Place> {
  const [projectId, environmentId] = [randomUUID(), randomUUID()];
  await dataSource.query(`INSERT INTO projects (id, organization, name) VALUES ($1, 'bench', 'bench')`, [projectId]);
  await dataSource.query(
    `INSERT INTO environments (id, project_id, name, type, filestore_path) VALUES ($1, $2, 'bench', 'staging', '/nowhere')`,
    [environmentId, projectId],
  );
  const rows: { id: string }[] = await dataSource.query(
    `INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, started_at)
     SELECT $1, $2, 'manual', 'running', 'bench', now() FROM generate_series(1, $3::int) RETURNING id`,
    [environmentId, projectId, snapshots],
  );
  return { environmentId, snapshotIds: rows.map(({ id }) => id) };
}

function environment(
  databaseUrl: string,
  dataDir: string,
  secret: string,
  { streams }: Options,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    JWT_SECRET: secret,
    CREDENTIALS_KEY: randomBytes(32).toString('base64'),
    VAULT_MASTER_KEY: randomBytes(32).toString('base64'),
    ROLE: 'api',
    LOG_LEVEL: 'warn',
    PROGRESS_STREAMS: String(streams),
    ORGANIZATION: 'bench',
    PROGRESS_STREAMS_PER_ORGANIZATION: String(streams),
  };
}

function tokenOf(subject: string, secret: string): string {
  return mintToken(
    {
      secret,
      issuer: 'snapback',
      audience: 'snapback',
      subject,
      organization: 'bench',
      permissions: ['snapshots:read'],
      projects: null,
      lifetimeSeconds: LIFETIME_SECONDS,
    },
    new Date(),
  );
}

/** `--streams N` (5,000), `--snapshots N` (50) and `--seconds N` (60). Throws a sentence. */
function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      streams: { type: 'string', default: '5000' },
      snapshots: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '60' },
    },
  });
  const number = (name: keyof typeof values): number => {
    if (!/^[1-9]\d{0,5}$/.test(values[name])) throw new Error(`--${name} is a whole number above 0.`);
    return Number(values[name]);
  };
  return { streams: number('streams'), snapshots: number('snapshots'), seconds: number('seconds') };
}
