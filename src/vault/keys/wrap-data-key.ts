import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DataKey } from './data-key.js';
import { KeyError } from './key-error.js';
import { KEY_BYTES } from './key-id.js';
import type { MasterKey } from './master-key.js';

/** A data key under a master key: safe to be stored beside the data. */
export interface WrappedKey {
  /** The master key it is wrapped by. */
  masterKeyId: string;
  /** The data key inside. */
  dataKeyId: string;
  /** Nonce (12 bytes), ciphertext (32), tag (16) in base64. */
  wrapped: string;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a data key with AES-256-GCM, bound to its project and both key ids. The nonce is random: a master key
 * wraps a key per project and rotation, far from the 2^32 after which that would matter.
 */
export function wrapDataKey(master: MasterKey, project: string, dataKey: DataKey): WrappedKey {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, master.bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(project, master.id, dataKey.id));
  const body = Buffer.concat([cipher.update(dataKey.bytes), cipher.final()]);
  const wrapped = Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64');
  return { masterKeyId: master.id, dataKeyId: dataKey.id, wrapped };
}

/**
 * Decrypts it. Throws `KeyError('wrong-master-key')` when it was wrapped by another master key, and
 * `KeyError('key-file-damaged')` when it is not what was wrapped, or belongs to another project.
 */
export function unwrapDataKey(master: MasterKey, project: string, key: WrappedKey): DataKey {
  if (key.masterKeyId !== master.id) {
    const message =
      `The key of project ${project} is wrapped by master key ${key.masterKeyId}, but the one given is ${master.id}. ` +
      `Give Snapback the master key ${key.masterKeyId}; without it the project's snapshots cannot be read.`;
    throw new KeyError('wrong-master-key', message);
  }
  const bytes = Buffer.from(key.wrapped, 'base64');
  if (bytes.length !== NONCE_BYTES + KEY_BYTES + TAG_BYTES) throw damagedKey(project);
  const decipher = createDecipheriv(ALGORITHM, master.bytes, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(boundTo(project, key.masterKeyId, key.dataKeyId)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
    return new DataKey(Buffer.concat([decipher.update(body), decipher.final()]));
  } catch (error) {
    throw damagedKey(project, error);
  }
}

function boundTo(project: string, masterKeyId: string, dataKeyId: string): Buffer {
  return Buffer.from(JSON.stringify(['snapback wrapped key 1', project, masterKeyId, dataKeyId]));
}

function damagedKey(project: string, cause?: unknown): KeyError {
  const message = `The key file of project ${project} is damaged or belongs to another project. Restore it from a copy.`;
  return new KeyError('key-file-damaged', message, { cause });
}
