import { writeFile } from 'node:fs/promises';
import { Snapback, SnapbackError, SnapshotNotCompletedError, tagOf } from '../index.js';

// The calls people make most. README.md shows the body of each of these functions, and a test runs them.

export function connected(baseUrl: string, freshToken: () => Promise<string>): Snapback {
  const snapback = new Snapback({ baseUrl, token: () => freshToken() });
  return snapback;
}

export async function register(snapback: Snapback, password: string, place: Place): Promise<string> {
  const { host, port, database, user, filestorePath } = place;
  const project = await snapback.projects.create({ name: 'shop' });
  const environment = await snapback.environments.create(project.id, {
    name: 'production',
    type: 'production',
    database: { kind: 'connection', host, port, database, user, password },
    filestorePath,
  });
  return environment.id;
}

export async function takeSnapshot(snapback: Snapback, environmentId: string): Promise<string> {
  const { id } = await snapback.snapshots.create(environmentId, { label: 'before 17.0' });
  const snapshot = await snapback.waitForSnapshot(environmentId, id, {
    onProgress: ({ percent, phase }) => console.log(`${percent} %  ${phase ?? ''}`),
  });
  console.log(`${snapshot.databaseBytes} bytes of database, ${snapshot.fileCount} files`);
  return snapshot.id;
}

export async function listSnapshots(snapback: Snapback, environmentId: string): Promise<void> {
  const snapshots = snapback.snapshots.list(environmentId, { status: 'completed' });
  console.log(`${(await snapshots.first()).total} in all`);
  for await (const { id, label, createdAt } of snapshots) console.log(id, label, createdAt);
}

export async function pin(snapback: Snapback, environmentId: string, snapshotId: string): Promise<void> {
  await snapback.snapshots.pin(environmentId, snapshotId, { label: 'before 17.0' });
}

export async function planRollback(snapback: Snapback, environmentId: string, snapshotId: string): Promise<void> {
  const plan = await snapback.rollbacks.plan(environmentId, { snapshotId });
  console.log(plan.allowed, plan.expectedDurationSeconds, plan.warnings);
}

export async function rollBack(snapback: Snapback, environmentId: string, snapshotId: string): Promise<string> {
  const { deploymentId } = await snapback.rollbacks.create(environmentId, { snapshotId });
  const log = await snapback.waitForRollback(deploymentId);
  console.log(`down for ${log.downtimeMs} ms`);
  return log.deploymentId;
}

export async function undoRollback(snapback: Snapback, deploymentId: string): Promise<void> {
  const undo = await snapback.rollbacks.undo(deploymentId);
  await snapback.waitForRollback(undo.deploymentId);
}

export async function takeOut(snapback: Snapback, environmentId: string, snapshotId: string): Promise<void> {
  const { id } = await snapback.items.restore(environmentId, snapshotId, {
    files: [{ path: 'a.txt' }],
    tables: [{ schema: 'public', name: 'items' }],
  });
  const { files, tables } = await snapback.waitForItemRestore(environmentId, id);
  console.log(files[0]?.restoredAs, tables[0]?.restoredAs);
  await snapback.items.undo(environmentId, id);
  await snapback.waitForItemRestore(environmentId, id);
}

export async function exportAsFile(
  snapback: Snapback,
  environmentId: string,
  snapshotId: string,
  file: string,
): Promise<void> {
  const { id } = await snapback.exports.create(environmentId, snapshotId, { format: 'zip', layout: 'plain' });
  const { fileName, expiresAt } = await snapback.waitForExport(environmentId, id);
  console.log(`${fileName} is kept until ${expiresAt}`);
  await writeFile(file, await snapback.exports.download(environmentId, id));
}

export async function deploy(snapback: Snapback, environmentId: string, jobId: string): Promise<void> {
  const { id } = await snapback.gateDeployment(environmentId, { version: '17.0', idempotencyKey: jobId });
  // … deploy, and then:
  await snapback.deployments.finish(id, { outcome: 'succeeded' });
}

export async function changeSettings(snapback: Snapback, environmentId: string): Promise<void> {
  const settings = await snapback.settings.view(environmentId);
  await snapback.settings.update(
    environmentId,
    { retentionDays: settings.retentionDays + 30 },
    { ifMatch: tagOf(settings) },
  );
}

export async function tellWhatWentWrong(snapback: Snapback, environmentId: string, snapshotId: string): Promise<void> {
  try {
    await snapback.waitForSnapshot(environmentId, snapshotId);
  } catch (error) {
    if (error instanceof SnapshotNotCompletedError) console.log(error.snapshot.failure?.message);
    else if (error instanceof SnapbackError && error.code === 'not-found') console.log(error.detail);
    else throw error;
  }
}

interface Place {
  host: string;
  port: number;
  database: string;
  user: string;
  filestorePath: string;
}
