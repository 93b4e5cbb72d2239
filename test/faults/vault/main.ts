import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'pg';
import { migrateCatalogue } from '../../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { startPostgresServer } from '../../harness/postgres-server.js';
import { S3Server } from '../../harness/s3-server.js';
import { OPERATIONS } from './announcements.js';
import { runKillLoop, type KillReport } from './kill-loop.js';
import { runSystematic } from './systematic.js';
import type { Place } from './world.js';

const HELP = `npm run faults:vault -- [--kills N] [--seed S] [--systematic [OPERATION...]] [--s3]

Kills processes at work on a vault and looks, after each kill, whether every promise of the vault holds.
Exit status 1 when one does not; the seed, with --seed, brings back the same work (not the same instants).

  --kills N      at random instants; default 200
  --seed S       default: a random one
  --systematic   instead: each operation, or those named, at each of its steps: takes long
                 (${OPERATIONS.join(', ')})
  --s3           the vault lies in a bucket of a small S3 server, otherwise in a directory
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    systematic: { type: 'boolean', default: false },
    s3: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const operations = OPERATIONS.filter((name) => positionals.length === 0 || positionals.includes(name));
if (values.help || operations.length === 0 || !Number.isSafeInteger(kills) || kills < 0) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
process.exitCode = await withPlace(values.s3, async (place) => {
  if (values.systematic) return await systematic(place);
  const began = Date.now();
  console.log(`Seed ${values.seed}, ${kills} kills, vault in ${values.s3 ? 'a bucket' : 'a directory'}.`);
  const report = await runKillLoop(place, {
    kills,
    seed: values.seed,
    signal: stop.signal,
    progress: (done) => {
      if (done % 20 === 0) console.log(`${done} kills, ${Math.round((Date.now() - began) / 1000)} s`);
    },
  });
  printReport(report, Date.now() - began);
  return report.broken.length > 0 || report.kills < kills ? 1 : 0;
});

async function systematic(place: Place): Promise<number> {
  const { killed, broken } = await runSystematic(place, {
    operations,
    signal: stop.signal,
    progress: (operation, kills) => console.log(`${operation.padEnd(10)} killed at ${kills} steps`),
  });
  printBroken(broken);
  return broken.length > 0 || Object.keys(killed).length < operations.length || stop.signal.aborted ? 1 : 0;
}

/** A server, a database and a place for objects, all gone afterwards. */
async function withPlace<T>(inBucket: boolean, work: (place: Place) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-faults-'));
  const server = await startPostgresServer();
  const bucket = inBucket ? await S3Server.start() : undefined;
  try {
    const database = server.address('postgres');
    const pool = new Pool({ ...database, ssl: false });
    await migrateCatalogue(pool).finally(() => pool.end());
    const s3 = bucket && { endpoint: bucket.endpoint, bucket: bucket.bucket, credentials: bucket.credentials };
    const key = (): string => randomBytes(32).toString('base64');
    return await work({
      database,
      store: s3 === undefined ? { directory: join(directory, 'vault') } : { s3: { ...s3, partBytes: 5 * 1024 * 1024 } },
      project: randomUUID(),
      masterKeys: [key(), key()],
    });
  } finally {
    await bucket?.stop();
    await server.remove();
    await rm(directory, { recursive: true, force: true });
  }
}

function printReport(report: KillReport, ms: number): void {
  const { kills: killed, ofTwo, collections, rebuildsEnded, counts, broken } = report;
  console.log(`\n${killed} kills in ${Math.round(ms / 1000)} s, ${ofTwo} of them of two processes at once.`);
  console.log(
    `${collections} times everything unneeded was collected; ${rebuildsEnded} rebuilds were killed and begun again.\n`,
  );
  console.log(['operation', 'begun', 'acknowledged', 'refused', 'killed'].map((name) => name.padStart(13)).join(''));
  for (const [name, { begun, done, failed }] of Object.entries(counts)) {
    console.log([name, begun, done, failed, begun - done - failed].map((value) => String(value).padStart(13)).join(''));
  }
  printBroken(broken);
}

function printBroken(broken: readonly string[]): void {
  if (broken.length === 0) return console.log('\nEvery promise held.');
  console.log(`\n${broken.length} promises broke (seed ${values.seed}):`);
  for (const sentence of broken.slice(0, 50)) console.log(`  ${sentence}`);
}
