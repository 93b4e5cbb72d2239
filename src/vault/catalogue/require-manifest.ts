import { VaultError } from '../vault-error.js';
import type { ManifestRecord } from './catalogue-records.js';
import type { Catalogue } from './catalogue.js';

/** The published manifest of a snapshot. Rejects with `VaultError('manifest-missing')` when there is none. */
export async function requireManifest(
  catalogue: Pick<Catalogue, 'findManifest'>,
  project: string,
  snapshotId: string,
): Promise<ManifestRecord> {
  const manifest = await catalogue.findManifest(project, snapshotId);
  if (manifest !== null) return manifest;
  throw new VaultError('manifest-missing', `The vault holds no manifest of snapshot ${snapshotId}.`);
}
