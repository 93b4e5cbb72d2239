import { replaceAsLocked } from '../backend/replace-as-locked.js';
import { sourceOf } from '../backend/object-source.js';
import { isBackendError } from '../backend/backend-error.js';
import { projectKeyFile } from '../format/object-keys.js';
import { KeyError } from '../keys/key-error.js';
import { formatProjectKeyFile, openProjectKey, type ProjectKeyFile } from '../keys/project-key-file.js';
import { readKeyFile } from '../keys/read-key-file.js';
import { confirmStored } from '../writing/confirm-stored.js';
import { ofVault } from './copy-object.js';
import { ReplicaError } from './replica-error.js';
import type { ReplicaParts } from './replica-parts.js';

/**
 * Has a project's key file in the replica as it is in the vault, also after it was wrapped by another master key. Nothing is replaced by
 * a file that this master key does not open, and nothing by another project key: packs there would be lost.
 *
 * Rejects with `ReplicaError('replica-other-key')`, with `KeyError` for the vault's own file, and as the backends do.
 */
export async function copyProjectKey(
  { vault, replica, masterKey }: Pick<ReplicaParts, 'vault' | 'replica' | 'masterKey'>,
  project: string,
): Promise<void> {
  const own = await readKeyFile(vault, project).catch((error: unknown) => {
    throw ofVault(error);
  });
  const there = await readKeyFile(replica, project).catch((error: unknown) => {
    if (error instanceof KeyError && error.code === 'key-file-missing') return null;
    // A damaged one is replaced, as long as the vault's is whole.
    if (error instanceof KeyError) return undefined;
    throw error;
  });
  if (there && isSame(there, own)) return;
  openProjectKey(masterKey, own);
  if (there && there.dataKeyId !== own.dataKeyId) throw otherKey(project);
  const key = projectKeyFile(project);
  const bytes = Buffer.from(formatProjectKeyFile(own));
  if (there !== null) await replaceAsLocked(replica, key, bytes);
  else {
    await replica.put(key, sourceOf(bytes)).catch((error: unknown) => {
      if (!isBackendError(error, 'exists')) throw error;
      throw otherKey(project);
    });
  }
  await confirmStored(replica, key, bytes.length);
}

function isSame(a: ProjectKeyFile, b: ProjectKeyFile): boolean {
  return formatProjectKeyFile(a) === formatProjectKeyFile(b);
}

function otherKey(project: string): ReplicaError {
  return new ReplicaError(
    'replica-other-key',
    `The replica holds another key of project ${project} than the vault, so that it is a copy of another vault's project. Nothing of the project was written there; give the replica a place of its own (REPLICA_DIRECTORY, REPLICA_S3_BUCKET, REPLICA_S3_PREFIX).`,
  );
}
