import { randomUUID } from 'node:crypto';
import type { Backend } from '../backend/backend.js';
import { replaceAsLocked } from '../backend/replace-as-locked.js';
import { sourceOf } from '../backend/object-source.js';
import { printFormat, readFormat, type VaultFormat } from '../format/format-file.js';
import { FORMAT_KEY, nameOf, newProbeKey } from '../format/object-keys.js';
import { proveStore } from '../format/prove-store.js';
import { VaultError } from '../vault-error.js';
import { ofVault } from './copy-object.js';
import { ReplicaError } from './replica-error.js';

/**
 * Proves that a place is, or can become, the replica of a vault, and makes it that where there is nothing: it gets the vault's format
 * file, by whose id a copy of the vault is known. Nothing is written into what is not a copy of this vault. `isFilled` says whether
 * snapshots are known to be there: a disk that is not mounted looks like an empty place.
 *
 * Rejects with `ReplicaError('replica-foreign' | 'replica-missing' | 'replica-same-place' | 'replica-unusable')`, with `VaultError` for
 * the vault's own format file, and as the backends do.
 */
export async function openReplica(vault: Backend, replica: Backend, isFilled: () => Promise<boolean>): Promise<void> {
  const own = await identified(vault).catch((error: unknown) => {
    throw ofVault(error);
  });
  const there = await readReplicaFormat(replica);
  if (there === null) {
    await refuseFilledPlace(replica);
    if (await isFilled()) throw missing();
  } else if (there.id !== own.id) throw foreign(`its ${FORMAT_KEY} is that of another vault`);
  await refuseSamePlace(vault, replica);
  await prove(replica);
  if (there === null) await replica.put(FORMAT_KEY, sourceOf(printFormat(own)));
}

/** The vault's format, with an id: one that has none gets it now. */
async function identified(vault: Backend): Promise<VaultFormat> {
  const format = await readFormat(vault);
  if (format === null) {
    throw new VaultError(
      'vault-missing',
      `There is no ${FORMAT_KEY} where the vault should be; see VAULT_PATH and VAULT_S3_BUCKET.`,
    );
  }
  if (format.id !== undefined) return format;
  await replaceAsLocked(vault, FORMAT_KEY, printFormat({ ...format, id: randomUUID() }));
  return (await readFormat(vault)) ?? format;
}

async function readReplicaFormat(replica: Backend): Promise<VaultFormat | null> {
  try {
    return await readFormat(replica);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const why =
      error.code === 'vault-too-new' ? 'it is a vault of a newer Snapback' : `its ${FORMAT_KEY} cannot be read`;
    throw foreign(why, error);
  }
}

async function refuseFilledPlace(replica: Backend): Promise<void> {
  for await (const { key } of replica.list('')) {
    if (nameOf(key).kind === 'probe') continue;
    throw foreign(`there is ${key} and no ${FORMAT_KEY}`);
  }
}

/** By what can be seen, whatever they are called: a link, a second mount, another name of the same server. */
async function refuseSamePlace(vault: Backend, replica: Backend): Promise<void> {
  const key = newProbeKey();
  try {
    await vault.put(key, sourceOf(Buffer.from(key)));
    if ((await replica.stat(key)) === null) return;
    throw new ReplicaError(
      'replica-same-place',
      'The replica is where the vault is: what is stored in one of them is seen in the other. Give the replica a place of its own, best on other machines (REPLICA_DIRECTORY, REPLICA_S3_BUCKET, REPLICA_S3_PREFIX).',
    );
  } finally {
    await vault.delete([key]);
  }
}

async function prove(replica: Backend): Promise<void> {
  try {
    await proveStore(replica);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new ReplicaError('replica-unusable', `The replica's store cannot be used. ${error.message}`, {
      cause: error,
    });
  }
}

function foreign(why: string, cause?: unknown): ReplicaError {
  return new ReplicaError(
    'replica-foreign',
    `What lies where the replica should be is no replica of this vault: ${why}. Nothing was written there. Give the replica an empty place (REPLICA_DIRECTORY, REPLICA_S3_BUCKET, REPLICA_S3_PREFIX); if it is a copy of this vault that somebody made by hand, copy the vault's ${FORMAT_KEY} over the one there.`,
    { cause },
  );
}

function missing(): ReplicaError {
  return new ReplicaError(
    'replica-missing',
    'There is nothing where the replica should be, but snapshots are known to be in it. Mount its disk; if it is lost, name a place that is new (REPLICA_DIRECTORY, REPLICA_S3_BUCKET, REPLICA_S3_PREFIX), and all snapshots are copied there.',
  );
}
