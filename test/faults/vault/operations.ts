import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { rotateProjectKeys } from '../../../src/vault/keys/rotate-project-keys.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { rebuildCatalogue } from '../../../src/vault/repair/rebuild-catalogue.js';
import { repairProject } from '../../../src/vault/repair/repair-project.js';
import type { CaptureWriter } from '../../../src/vault/vault.js';
import { contentOf, inBuffers } from './contents.js';
import { openVault, type World } from './world.js';

const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };

/** One attempt at a snapshot. The paths say what is in it, see `contentOf()`. */
export interface Attempt {
  snapshotId: string;
  /** Stands in the manifest's header, so that one attempt can be told from another. */
  attempt: string;
  paths: string[];
  /** Contents that are taken over from another snapshot instead of being stored, by path. */
  carried?: ReadonlyMap<string, ContentRef>;
}

/** Captures all of it and leaves the last step to the caller. Whoever gets an error has nothing to end. */
export async function captureUnpublished(world: World, { carried, ...attempt }: Attempt): Promise<CaptureWriter> {
  const { snapshotId, paths } = attempt;
  const header = { snapshotId, createdAt: new Date().toISOString(), tools: { attempt: attempt.attempt } };
  const writer = await openVault(world).beginCapture(world.place.project, header);
  try {
    const entries = paths.map(async (path) => {
      const bytes = contentOf(path);
      const content = carried?.get(path) ?? (await writer.store(inBuffers(bytes)));
      await writer.add({ kind: 'file', path, ...attributes, content });
    });
    const failed = (await Promise.allSettled(entries)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return writer;
  } catch (error) {
    await writer.discard().catch(() => undefined);
    throw error;
  }
}

/** A whole capture. When `publish()` rejects, the snapshot may be there all the same. */
export async function capture(world: World, attempt: Attempt): Promise<void> {
  const writer = await captureUnpublished(world, attempt);
  try {
    await writer.publish();
  } catch (error) {
    await writer.discard().catch(() => undefined);
    throw error;
  }
}

/** The contents of a published snapshot, by path, to carry some over. */
export async function contentsIn(world: World, snapshotId: string): Promise<Map<string, ContentRef>> {
  const contents = new Map<string, ContentRef>();
  for await (const entry of openVault(world).readEntries(world.place.project, snapshotId)) {
    if (entry.kind === 'file') contents.set(entry.path, entry.content);
  }
  return contents;
}

export async function published(world: World): Promise<string[]> {
  const ids: string[] = [];
  for await (const { snapshotId } of world.catalogue.manifestsOf(world.place.project)) ids.push(snapshotId);
  return ids;
}

export async function remove(world: World, snapshotId: string): Promise<void> {
  await openVault(world).deleteManifest(world.place.project, snapshotId);
}

/** Resolves to the number of packs and bytes that are gone. */
export async function collect(world: World): Promise<number> {
  const report = await openVault(world).collect(world.place.project, {
    signal: AbortSignal.timeout(60_000),
    thorough: true,
  });
  return report.removedObjects;
}

export async function rebuild(world: World, wanted: (snapshotId: string) => boolean = () => true): Promise<void> {
  await rebuildCatalogue(world, world.place.project, { signal: AbortSignal.timeout(60_000), wanted });
}

export async function repair(world: World, wanted: (snapshotId: string) => boolean = () => true): Promise<void> {
  const steps = repairProject(world, world.place.project, { signal: AbortSignal.timeout(60_000), wanted });
  for await (const _ of steps);
}

/** To the other one of the two keys. */
export async function rotate(world: World): Promise<void> {
  const keys = world.place.masterKeys.map((key) => MasterKey.fromBase64(key));
  const other = keys.find(({ id }) => id !== world.masterKey.id)!;
  await rotateProjectKeys(world.backend, world.masterKey, other);
  world.masterKey = other;
}
