import { spawn } from 'node:child_process';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../e2e/wait-until.js';
import type { Resident } from './resident.js';
import type { Stage } from './stage.js';

/** How long everything may take to come to rest once nothing is broken any more. */
const REST_SECONDS = 240;
/** Snapshots of each environment that are restored and compared at the end. */
const VERIFIED = 3;
const VAULT = join(import.meta.dirname, '..', '..', 'dist', 'src', 'vault.cli.js');

/** Every promise that is broken when all trouble is over, a sentence each. */
export async function promisesAfter(stage: Stage, residents: readonly Resident[]): Promise<string[]> {
  const broken: string[] = [];
  const promise = async (what: string, look: () => Promise<string[]>) => {
    let found = ['it was not looked at'];
    const isKept = async () => (found = await look().catch((error: Error) => [error.message])).length === 0;
    await waitUntil(what, isKept, { seconds: REST_SECONDS, everyMs: 1_000 }).catch(() => undefined);
    broken.push(...found.slice(0, 10).map((fault) => `${what}: ${fault}`));
  };
  const texts = async (sql: string) => (await stage.inState(sql)).map((row) => JSON.stringify(row));

  await promise('nothing is under way for ever', () =>
    texts(`SELECT 'snapshot' AS what, id, status FROM snapshots WHERE status IN ('queued', 'running', 'deleting')
           UNION ALL SELECT 'rollback', deployment_id, status FROM rollback_logs WHERE status IN ('queued', 'running')
           UNION ALL SELECT 'verification', id, status FROM snapshot_verifications WHERE status <> 'ended'
           UNION ALL SELECT 'environment held', id, cutover_by::text FROM environments WHERE cutover_by IS NOT NULL`),
  );
  await promise('nobody has to look', () =>
    texts(`SELECT kind, subject, tries, failure FROM keeper_items WHERE attention`),
  );
  // What comes back day after day is always there.
  await promise('nothing waits to be removed', () =>
    texts(`SELECT kind, subject, tries, failure FROM keeper_items
            WHERE kind NOT IN ('look', 'retention-run', 'collection', 'usage', 'schedule') OR (failure IS NOT NULL AND tries > 0)`),
  );
  for (const resident of residents) {
    await promise(`${resident.name} is what it should be`, async () => {
      await resident.look('everything');
      return [];
    });
  }
  for (const resident of residents) {
    for (const snapshotId of resident.completed().slice(-VERIFIED)) {
      const outcome = await resident.outcomeOf(snapshotId);
      if (outcome !== 'equal') broken.push(`${resident.name}: the snapshot ${snapshotId} is ${outcome}`);
    }
  }
  await promise('nothing is left beside what is live', async () => {
    await becomeOld(stage);
    for (const resident of residents) await resident.plan();
    return leftBeside(stage);
  });
  await promise('no plain text is left in temporary files', () => readdir(stage.env['TMPDIR']!));
  broken.push(...(await vaultCommand(stage, 'check', '--read', '100')));
  for (const resident of residents) {
    const snapshotId = resident.completed().at(-1);
    if (snapshotId === undefined) continue;
    // From the bucket alone: as if the service had never been.
    const to = join(stage.directory, `extracted-${snapshotId}`);
    const faults = await vaultCommand(stage, 'extract', '--snapshot', snapshotId, '--to', to);
    faults.push(...(await resident.faultsOf(snapshotId, join(to, 'files'))));
    broken.push(...faults.map((fault) => `${snapshotId} taken out of the bucket: ${fault}`));
  }
  return broken;
}

/** What a killed process's trial of an exchange has left goes with the first trial that finds it an hour old: as if it were. */
async function becomeOld(stage: Stage): Promise<void> {
  const then = new Date(Date.now() - 2 * 60 * 60_000);
  for (const name of await readdir(stage.filestores)) {
    if (!name.includes('probe')) continue;
    const path = join(stage.filestores, name);
    for (const each of [join(path, 'staged'), path]) await utimes(each, then, then).catch(() => undefined);
  }
}

/** Kept states have a minute, and then go. */
async function leftBeside(stage: Stage): Promise<string[]> {
  const databases = await stage.onServers(
    `SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'snapback%'`,
  );
  const directories = (await readdir(stage.filestores)).filter((name) => name.startsWith('.'));
  return [...databases.map(({ name }) => String(name)), ...directories];
}

/** What is wrong, by the vault's own means. Not waited for in one piece: the bucket is in this process. */
async function vaultCommand(stage: Stage, ...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [VAULT, ...args], { env: { PATH: process.env['PATH'], ...stage.env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return code === 0 ? [] : [`${args[0]} says: ${said.slice(-2_000)}`];
}
