import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { capture } from '../../src/engine/capture/capture.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../src/engine/postgres/databases/database-facts.js';
import { type ProgressSink, silentProgress } from '../../src/engine/progress.js';
import { compareSnapshot } from '../../src/engine/restore/compare/compare-snapshot.js';
import { cutover } from '../../src/engine/restore/cutover/cutover.js';
import { stage } from '../../src/engine/restore/staging/stage.js';
import { type Place, Vaults } from '../model/vaults.js';
import { measured } from './event-loop.js';
import { changeSome, connect, makeTables, startServerFor } from './many-tables.js';

const DATABASE = 'many';

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: '10000' },
    'capture-only': { type: 'boolean', default: false },
    phases: { type: 'boolean', default: false },
  },
});
const tables = Number(values.tables);
if (!Number.isInteger(tables) || tables < 1) {
  console.error('Usage: npm run scale:tables -- --tables N [--capture-only] [--phases]');
  process.exit(2);
}

/** Seconds since the beginning, of whatever says what it does. */
const progress: ProgressSink = values.phases
  ? { report: ({ message }) => message && console.log(`${performance.now() / 1000} ${message}`) }
  : silentProgress;
const context = { signal: new AbortController().signal, progress };

const directory = await mkdtemp(join(tmpdir(), 'snapback-scale-'));
const server = await startServerFor(tables);
const vaults = new Vaults(directory);
let failed = false;

/** Prints what it took. One that fails is told, and the ones after it are tried all the same. */
async function step<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    const { result, ms, longestBlockMs, longestBlockCpuMs } = await measured(work);
    const blocks = `${Math.round(longestBlockMs)} ms, of processor time ${Math.round(longestBlockCpuMs)} ms`;
    console.log(`${name.padEnd(24)}${(ms / 1000).toFixed(1).padStart(8)} s   longest block ${blocks}`);
    return result;
  } catch (error) {
    failed = true;
    console.log(`${name.padEnd(24)}  failed: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function restore(address: DatabaseAddress, place: Place, full: string, differential: string): Promise<void> {
  const { vault, project } = place;
  const like = await gatherDatabaseFacts(address);
  await step('verify', () =>
    compareSnapshot(
      { project, snapshotId: differential, attemptId: randomUUID(), database: { address, like } },
      vault,
      context,
    ),
  );
  await step('roll back', async () => {
    const database = { address, like, keepOwnersAndPrivileges: true };
    const staged = await stage({ project, snapshotId: full, attemptId: randomUUID(), database }, vault, context);
    const { downtimeMs } = await cutover(staged, { journal: { write: async () => undefined } });
    console.log(`  downtime ${Math.round(downtimeMs)} ms`);
  });
}

try {
  const address = server.address(DATABASE);
  const admin = await connect(server.address('postgres'));
  await admin.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`);
  await admin.end();
  console.log(`${tables} tables, Node ${process.version}`);
  await step('make the tables', () => makeTables(address, tables));
  const place = await vaults.place('packs');
  const { vault, project } = place;
  const take = (snapshotId: string, base?: string) =>
    capture({ project, snapshotId, database: address, ...(base && { base: { snapshotId: base } }) }, vault, context);
  const [full, differential] = [randomUUID(), randomUUID()];
  await step('capture, full', () => take(full));
  await changeSome(address, tables);
  const taken = await step('capture, differential', () => take(differential, full));
  if (taken) {
    const { segments, segmentsCarriedOver } = taken.database!.counts;
    console.log(`  ${segmentsCarriedOver} of ${segments} segments were not read again`);
  }
  if (!values['capture-only']) await restore(address, place, full, differential);
} finally {
  await vaults.close();
  await server.remove();
  await rm(directory, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
