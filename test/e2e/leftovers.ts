import { existsSync, type Dirent } from 'node:fs';
import { readdir, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import type { DatabaseAddress } from '../../src/engine/postgres/database-address.js';
import { LocalVault } from '../../src/vault/local-vault.js';
import { query } from '../harness/database.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { descendantsOf } from '../harness/service-process.js';
import { waitUntil } from './wait-until.js';

/** Longer than a vault waits before it believes that garbage is garbage, or a capture dead. */
const MUCH_LATER_MS = 60 * 60_000;
/** What the service runs; `MainThread` and `node` are the service itself. */
const PROGRAMS = /^(pg_dump|pg_restore|setpriv|node|MainThread)$/;

/** An environment, as far as a rollback builds something beside it. */
export type Place = Pick<TestEnvironment, 'database' | 'filestorePath'>;

/** Names of the databases and directories that the service has put beside those of an environment. */
export async function statesBeside({ database, filestorePath }: Place): Promise<string[]> {
  const databases = await query<{ name: string }>(
    inject('postgres'),
    `SELECT datname::text AS name FROM pg_database
      WHERE datname LIKE 'snapback%' AND pg_get_userbyid(datdba)::text = $1 ORDER BY 1`,
    [database.address.user],
  );
  const parent = dirname(filestorePath);
  const siblings = (await readdir(parent)).filter((name) => name.startsWith(`.${basename(filestorePath)}.snapback-`));
  return [...databases.map(({ name }) => name), ...siblings.map((name) => join(parent, name))];
}

/**
 * For the end of a test file: no program below this process, and nothing beside the environments but what
 * is `kept` on purpose. Programs that were told to end may take a moment.
 */
export async function nothingIsLeft(places: readonly Place[], kept: readonly (string | null)[] = []): Promise<void> {
  const look = async () => {
    const programs = (await descendantsOf(process.pid)).filter(({ name }) => PROGRAMS.test(name));
    const beside = (await Promise.all(places.map(statesBeside))).flat().filter((name) => !kept.includes(name));
    return [...programs.map(({ name, pid }) => `${name} (${pid})`), ...beside];
  };
  await waitUntil('nothing is left', async () => (await look()).length === 0, { seconds: 5 }).catch(async () => {
    throw new Error(`Left behind: ${(await look()).join(', ')}`);
  });
}

/**
 * The files of a project in the vault that no published snapshot needs, after collections that think it
 * is an hour later. One that the service makes at the same time may need a moment for what it has begun.
 */
export async function garbageAfterCollection(vaultRoot: string, project: string): Promise<string[]> {
  const vault = new LocalVault({ root: vaultRoot, now: () => Date.now() + MUCH_LATER_MS });
  const signal = new AbortController().signal;
  let garbage: string[] = [];
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    await vault.collect(project, { signal });
    garbage = await unneededFiles(vault, vaultRoot, project);
    if (garbage.length === 0) break;
    await sleep(200);
  }
  return garbage;
}

async function unneededFiles(vault: LocalVault, vaultRoot: string, project: string): Promise<string[]> {
  const needed = new Set<string>();
  for (const snapshotId of await manifestsIn(vaultRoot, project)) {
    for await (const entry of vault.readEntries(project, snapshotId)) {
      if ('content' in entry) for (const { id } of entry.content.chunks) needed.add(id);
    }
  }
  const files = (await entriesOf(vaultRoot, project)).filter((entry) => entry.isFile());
  return files
    .filter(({ name, parentPath }) => basename(parentPath) !== 'manifests' && !needed.has(name))
    .map(({ name, parentPath }) => join(parentPath, name));
}

/** All files and directories of a project in the vault, by path; none when it has no directory yet. */
export async function entriesOf(vaultRoot: string, project: string): Promise<Dirent[]> {
  for (;;) {
    try {
      return await readdir(join(vaultRoot, project), { recursive: true, withFileTypes: true });
    } catch {
      if (!existsSync(join(vaultRoot, project))) return [];
      // A collection has removed a directory under our eyes: look again.
    }
  }
}

/** Ids of the snapshots that are published in the vault. */
export async function manifestsIn(vaultRoot: string, project: string): Promise<string[]> {
  const names = await readdir(join(vaultRoot, project, 'manifests')).catch(() => []);
  return names.map((name) => name.replace('.jsonl.zst', ''));
}

/** A good quarter of an hour, for what a project has in the vault and for the jobs that wait for it. */
export async function letTimePass(state: DatabaseAddress, vaultRoot: string, project: string): Promise<void> {
  const then = (Date.now() - MUCH_LATER_MS) / 1000;
  for (const { parentPath, name } of await entriesOf(vaultRoot, project)) {
    // Some of it may be on its way out at this moment.
    await utimes(join(parentPath, name), then, then).catch(() => undefined);
  }
  await query(state, `UPDATE jobs.job SET start_after = now() WHERE state = 'created'`);
}
