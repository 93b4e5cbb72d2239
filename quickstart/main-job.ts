import { setTimeout } from 'node:timers/promises';
import type { Client } from '../sdk/typescript/generated/client/index.js';
import {
  environmentView,
  rollbackCreate,
  rollbackLogList,
  rollbackPlan,
  settingsUpdate,
  snapshotCreate,
  snapshotEstimate,
  snapshotView,
} from '../sdk/typescript/generated/sdk.gen.js';
import type {
  RollbackLog,
  RollbackProgress,
  Snapshot,
  SnapshotProgress,
} from '../sdk/typescript/generated/types.gen.js';
import { watchRollback, watchSnapshot } from '../sdk/typescript/streams/watch.js';
import { result } from '../sdk/typescript/result.js';
import { runDestructiveDeployment } from './destructive-deployment.js';
import { compareFingerprints } from './fingerprint/compare.js';
import { type Fingerprint, fingerprintEnvironment } from './fingerprint/fingerprint.js';
import type { SampleProject } from './sample-project.js';
import { ProgressBar, bad, formatBytes, formatSeconds, good, heading, line } from './terminal.js';

export interface MainJob {
  snapshot: Snapshot;
  rollback: RollbackLog;
  /** Empty when database and files are exactly what they were. */
  differences: string[];
}

/** How long the standby of the sample may take, on a slow machine. */
const STANDBY_MS = 120_000;
const LOOK_MS = 200;

/** Snapshot, a deployment that goes wrong, rollback, and a comparison that does not use Snapback. */
export async function runMainJob(client: Client, sample: SampleProject): Promise<MainJob> {
  const environmentId = sample.production.id;
  const before = await fingerprintEnvironment(sample.source);

  heading('1. Take a snapshot of production');
  const estimate = await result(snapshotEstimate({ client, path: { environmentId } }));
  line(
    `${formatBytes(estimate.databaseBytes ?? 0)} of database, ${estimate.fileCount} files with ` +
      `${formatBytes(estimate.filestoreBytes ?? 0)}; about ${estimate.expectedDurationSeconds} s expected`,
  );
  const snapshot = await takeSnapshot(client, environmentId);
  line(`snapshot ${snapshot.id}`);
  line(`${formatBytes(snapshot.storedBytes ?? 0)} stored in ${formatSeconds(snapshot.durationMs ?? 0)}`);

  heading('2. Deploy something terrible');
  for (const deed of await runDestructiveDeployment(sample.source)) line(deed);
  const damage = compareFingerprints(before, await fingerprintEnvironment(sample.source));
  if (damage.length === 0) throw new Error('The deployment changed nothing, so there is nothing to roll back.');
  line(bad('production is not what it was'));

  heading('3. Roll back');
  const rollback = await rollBack(client, environmentId, snapshot.id);
  for (const { name, startedAt, finishedAt } of rollback.steps) {
    const took = finishedAt === null ? '' : formatSeconds(Date.parse(finishedAt) - Date.parse(startedAt));
    line(`${name.padEnd(16)} ${took}`);
  }
  line(`down for ${good(`${rollback.downtimeMs} ms`)}, ${formatSeconds(rollback.durationMs ?? 0)} in all`);
  await showSafety(client, environmentId, rollback);

  heading('4. Compare with the state before, row by row and byte by byte, without Snapback');
  const differences = await compare(before, sample);

  heading('5. The same again, with a standby: the snapshot stands ready beside the live state');
  await haveStandby(client, sample);
  const again = await runDestructiveDeployment(sample.source);
  line(`deployed something as terrible: ${again.length} things are not what they were`);
  const asked = performance.now();
  const second = await rollBack(client, environmentId, snapshot.id);
  const took = formatSeconds(performance.now() - asked);
  if (second.standby?.used !== true) line(bad(`rebuilt all the same: ${second.standby?.reason?.message}`));
  line(`down for ${good(`${second.downtimeMs} ms`)}, ${good(took)} in all, from the plan to the end`);
  differences.push(...(await compare(before, sample)));
  return { snapshot, rollback, differences };
}

async function compare(before: Fingerprint, sample: SampleProject): Promise<string[]> {
  const differences = compareFingerprints(before, await fingerprintEnvironment(sample.source));
  if (differences.length === 0) line(good('identical: every table, sequence, definition and file'));
  for (const difference of differences) line(bad(difference));
  return differences;
}

/** The newest snapshot is restored beside the live state, compared with what was captured, and kept there, closed. */
async function haveStandby(client: Client, { project, production }: SampleProject): Promise<void> {
  const path = { projectId: project.id, environmentId: production.id };
  const asked = performance.now();
  await result(settingsUpdate({ client, path, body: { standby: 'newest' } }));
  for (const deadline = asked + STANDBY_MS; performance.now() < deadline; await setTimeout(LOOK_MS)) {
    const { standby } = await result(environmentView({ client, path }));
    if (standby?.status !== 'ready') continue;
    line(`standby ready ${formatSeconds(performance.now() - asked)} after it was asked for, restored and compared`);
    return;
  }
  throw new Error('The standby was not ready in time.');
}

async function takeSnapshot(client: Client, environmentId: string): Promise<Snapshot> {
  const path = { environmentId };
  const { id } = await result(snapshotCreate({ client, path, body: { label: 'before the deployment' } }));
  await show(watchSnapshot(client, { environmentId, snapshotId: id }));
  const snapshot = await result(snapshotView({ client, path: { environmentId, snapshotId: id } }));
  if (snapshot.status !== 'completed')
    throw new Error(`The snapshot is ${snapshot.status}: ${snapshot.failure?.message}`);
  return snapshot;
}

async function rollBack(client: Client, environmentId: string, snapshotId: string): Promise<RollbackLog> {
  const path = { environmentId };
  const plan = await result(rollbackPlan({ client, path, body: { snapshotId } }));
  line(`planned: ${plan.steps.map(({ name }) => name).join(' → ')}`);
  const { deploymentId } = await result(rollbackCreate({ client, path, body: { snapshotId } }));
  await show(watchRollback(client, { deploymentId }));
  const { items } = await result(rollbackLogList({ client, path }));
  const log = items.find((item) => item.deploymentId === deploymentId);
  if (log?.status !== 'completed') throw new Error(`The rollback is ${log?.status}: ${log?.failure?.message}`);
  return log;
}

/** Nobody has to wait for it; the tour does, to show it. */
async function showSafety(client: Client, environmentId: string, { safetySnapshotId }: RollbackLog): Promise<void> {
  if (safetySnapshotId === null) return;
  const path = { environmentId, snapshotId: safetySnapshotId };
  line('and now, while it is in use again, the safety snapshot of what was swapped out');
  await show(watchSnapshot(client, path));
  const { status, failure } = await result(snapshotView({ client, path }));
  if (status !== 'completed') throw new Error(`The safety snapshot is ${status}: ${failure?.message}`);
}

async function show(events: AsyncIterable<SnapshotProgress | RollbackProgress>): Promise<void> {
  const bar = new ProgressBar();
  for await (const { percent, phase, message, bytesPerSecond } of events) {
    const rate = bytesPerSecond === null ? '' : `${formatBytes(bytesPerSecond)}/s`;
    bar.update(percent, phase, [phase ?? '', message, rate].filter((part) => part !== '').join('  '));
  }
  bar.end();
}
