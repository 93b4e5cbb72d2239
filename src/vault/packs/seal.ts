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

/** Decrypted at a time: little enough that the memory it comes in need not be asked of the system. */
const OPENED_BYTES = 64 * 1024;

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
  if (sealed.length < TAG_BYTES) return undefined;
  const plain = Buffer.allocUnsafeSlow(sealed.length - TAG_BYTES);
  return openInto(plain, sealed, key, nonce, aad) ? plain : undefined;
}

/** The same into memory of the caller, of just the right size. What it holds when this returns false is nothing to be used. */
export function openInto(target: Buffer, sealed: Buffer, key: KeyObject, nonce: Buffer, aad: Buffer): boolean {
  const bodyBytes = sealed.length - TAG_BYTES;
  if (bodyBytes !== target.length) return false;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(bodyBytes));
  for (let done = 0; done < bodyBytes; done += OPENED_BYTES) {
    const plain = decipher.update(sealed.subarray(done, Math.min(done + OPENED_BYTES, bodyBytes)));
    plain.copy(target, done);
    freeMemory(plain);
  }
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}
