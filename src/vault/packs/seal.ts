import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { freeMemory } from './free-memory.js';
import { TAG_BYTES } from './pack-format.js';

const ALGORITHM = 'aes-256-gcm';
const OPTIONS = { authTagLength: TAG_BYTES } as const;

/** A 12-byte nonce that counts; the caller never uses a number twice with the same key. */
export function countingNonce(count: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(count, 8);
  return nonce;
}

/** Encrypted at a time: the ciphertext is still in the processor's cache when it is copied to its place. */
const STEP_BYTES = 128 * 1024;

/** Encrypts `plain` into `target` at `at`, followed by the tag; returns the bytes written, `plain.length + TAG_BYTES`. */
export function sealInto(
  target: Buffer,
  at: number,
  key: KeyObject,
  nonce: Buffer,
  aad: Buffer,
  plain: Buffer,
): number {
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS).setAAD(aad);
  for (let done = 0; done < plain.length; done += STEP_BYTES) {
    const sealed = cipher.update(plain.subarray(done, done + STEP_BYTES));
    sealed.copy(target, at + done);
    freeMemory(sealed);
  }
  // GCM holds nothing back: this only computes the tag.
  cipher.final();
  cipher.getAuthTag().copy(target, at + plain.length);
  return plain.length + TAG_BYTES;
}

/** The plain bytes, or undefined when ciphertext, tag, key, nonce or additional data are not those of the sealing. */
export function openSealed(sealed: Buffer, key: KeyObject, nonce: Buffer, aad: Buffer): Buffer | undefined {
  const bodyBytes = sealed.length - TAG_BYTES;
  if (bodyBytes < 0) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(bodyBytes));
  const plain = decipher.update(sealed.subarray(0, bodyBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain;
}
