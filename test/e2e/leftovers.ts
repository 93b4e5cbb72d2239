import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inject } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentDelete } from '../../sdk/typescript/generated/sdk.gen.js';
import { query } from '../harness/database.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { descendantsOf } from '../harness/service-process.js';
import { waitUntil } from './wait-until.js';

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
  // Of a mount point.
  const inside = (await readdir(filestorePath).catch(() => [])).filter((name) =>
    name.startsWith('.this-mount.snapback-'),
  );
  const enclosures = [
    ...siblings.map((name) => join(parent, name)),
    ...inside.map((name) => join(filestorePath, name)),
  ];
  const directories = await Promise.all(enclosures.map(treesIn));
  return [...databases.map(({ name }) => name), ...directories.flat()];
}

/** What an enclosure holds, or itself when it is empty; it may be removed at this moment. */
async function treesIn(enclosure: string): Promise<string[]> {
  const names = await readdir(enclosure).catch(() => undefined);
  if (names === undefined) return [];
  return names.length === 0 ? [enclosure] : names.map((name) => join(enclosure, name));
}

/** Deletes the environments with their snapshots, and whatever the service has beside them. */
export async function deleteAll(client: Client, places: readonly TestEnvironment[]): Promise<void> {
  await Promise.all(
    places.map(({ project, environment }) => {
      const path = { projectId: project.id, environmentId: environment.id };
      return environmentDelete({ client, path, query: { snapshots: 'delete' } });
    }),
  );
}

/**
 * For the end of a test file: no program below this process, and nothing beside the environments but what
 * is `kept` on purpose. Programs that were told to end may take a moment, and a previous state stays until it is captured.
 */
export async function nothingIsLeft(places: readonly Place[], kept: readonly (string | null)[] = []): Promise<void> {
  const look = async () => {
    const programs = (await descendantsOf(process.pid)).filter(({ name }) => PROGRAMS.test(name));
    const beside = (await Promise.all(places.map(statesBeside))).flat().filter((name) => !kept.includes(name));
    return [...programs.map(({ name, pid }) => `${name} (${pid})`), ...beside];
  };
  await waitUntil('nothing is left', async () => (await look()).length === 0, { seconds: 30 }).catch(async () => {
    throw new Error(`Left behind: ${(await look()).join(', ')}`);
  });
}
