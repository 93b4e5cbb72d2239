import type { Backend, LockedObject } from '../backend/backend.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { ManifestObject } from '../catalogue/catalogue-records.js';
import { attemptsPrefix, withListing } from '../format/object-keys.js';

/**
 * Takes a snapshot back and then deletes its manifest and those of earlier attempts: a rebuild would find one of them and bring
 * the snapshot back. One that is being captured at this moment is left to that capture. What the store has locked stays for a rebuild
 * to find, and is removed by a collection later. Resolves to whether it was published, and to what is locked. Rejects as the stores do, and with `CatalogueError('rebuilding')`; then it may be gone already, and deleting
 * again does the rest.
 */
export async function deleteSnapshot(
  backend: Backend,
  catalogue: Pick<Catalogue, 'unpublish' | 'orphansAmong'>,
  project: string,
  snapshotId: string,
): Promise<{ published: boolean; locked: readonly LockedObject[] }> {
  const published = await catalogue.unpublish(project, snapshotId);
  const attempts: ManifestObject[] = [];
  for await (const { key } of backend.list(attemptsPrefix(project, snapshotId))) {
    attempts.push({ objectKey: key, snapshotId, captureId: key.slice(key.lastIndexOf('/') + 1) });
  }
  const orphans = await catalogue.orphansAmong(project, attempts);
  const objects = orphans.flatMap(({ objectKey }) => withListing(objectKey));
  const locked = objects.length > 0 ? await backend.delete(objects) : [];
  // A rebuild that was there meanwhile may have found the object and published it.
  await catalogue.unpublish(project, snapshotId);
  return { published: published !== null, locked };
}
