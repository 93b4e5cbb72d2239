import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { openVaultAccess } from '../../src/vault-access/vault-access.js';
import type { VaultAccess } from '../../src/vault-access/vault-access.js';
import type { ManifestEntry } from '../../src/vault/manifests/manifest.js';
import type { ServiceSetting } from './service.js';

/** The vault of a service, seen from outside: with the service's own configuration, in a connection of its own. */
export async function withVault<T>(
  { env }: Pick<ServiceSetting, 'env'>,
  work: (access: VaultAccess) => Promise<T>,
): Promise<T> {
  const access = await openVaultAccess(loadConfiguration(env));
  try {
    return await work(access);
  } finally {
    await access.close();
  }
}

/** Ids of the snapshots that are published in the vault. */
export function publishedIn(service: Pick<ServiceSetting, 'env'>, project: string): Promise<string[]> {
  return withVault(service, async ({ catalogue }) => {
    const ids: string[] = [];
    for await (const { snapshotId } of catalogue.manifestsOf(project)) ids.push(snapshotId);
    return ids;
  });
}

/** Keys of the packs that a project has in the vault. */
export function packsIn(service: Pick<ServiceSetting, 'env'>, project: string): Promise<string[]> {
  return withVault(service, (access) => keysBelow(access, `projects/${project}/packs/`));
}

/** How many captures of a project are under way in the vault. */
export function capturesIn(service: Pick<ServiceSetting, 'env'>, project: string): Promise<number> {
  return withVault(service, async ({ connections }) => {
    const { rowCount } = await connections.query('SELECT FROM vault.captures WHERE project = $1', [project]);
    return rowCount ?? 0;
  });
}

/**
 * The objects of a project that no published snapshot needs, after collections. One that the service makes at the
 * same time may need a moment for what it has begun.
 */
export function garbageAfterCollection(service: Pick<ServiceSetting, 'env'>, project: string): Promise<string[]> {
  return withVault(service, async (access) => {
    let garbage: string[] = [];
    for (let attempt = 1; attempt <= 25; attempt += 1) {
      await access.vault
        .collect(project, { signal: new AbortController().signal, thorough: true })
        .catch(() => undefined);
      garbage = await unneeded(access, project);
      if (garbage.length === 0) break;
      await sleep(200);
    }
    return garbage;
  });
}

/** Key of the pack that holds the last chunk of the first entry that `wanted` likes, and where the chunk lies in it. */
export function lastChunkOf(
  service: Pick<ServiceSetting, 'env'>,
  snapshot: { project: string; snapshotId: string },
  wanted: (entry: ManifestEntry) => boolean,
): Promise<{ key: string; offset: number; storedBytes: number }> {
  return withVault(service, async ({ vault, catalogue }) => {
    for await (const entry of vault.readEntries(snapshot.project, snapshot.snapshotId)) {
      if (!('content' in entry) || entry.content.bytes === 0 || !wanted(entry)) continue;
      const id = Buffer.from(entry.content.chunks.at(-1)!.id, 'hex');
      const [location] = await catalogue.locate(snapshot.project, [id]);
      const { packId, offset, storedBytes } = location!;
      const pack = packId.toString('hex');
      return { key: `projects/${snapshot.project}/packs/${pack.slice(0, 2)}/${pack}`, offset, storedBytes };
    }
    throw new Error('The snapshot has no such entry.');
  });
}

async function unneeded(access: VaultAccess, project: string): Promise<string[]> {
  const { vault, catalogue } = access;
  const needed = new Set<string>();
  for await (const { snapshotId, objectKey } of catalogue.manifestsOf(project)) {
    needed.add(objectKey);
    for await (const entry of vault.readEntries(project, snapshotId)) {
      if (!('content' in entry)) continue;
      const ids = entry.content.chunks.map(({ id }) => Buffer.from(id, 'hex'));
      for (const location of await catalogue.locate(project, ids)) needed.add(location!.packId.toString('hex'));
    }
  }
  const keys = await keysBelow(access, `projects/${project}/`);
  const isNeeded = (key: string) => key.endsWith('/key.json') || needed.has(key) || needed.has(key.split('/').at(-1)!);
  return keys.filter((key) => !isNeeded(key));
}

async function keysBelow({ backend }: VaultAccess, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of backend.list(prefix)) keys.push(key);
  return keys;
}
