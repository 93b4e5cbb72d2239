import { createHash } from 'node:crypto';

/** AES-256. */
export const KEY_BYTES = 32;

const ID_DIGITS = 16;

/**
 * A name for a key that gives nothing of it away: the first 16 hexadecimal digits of SHA-256(label, 0x00, key). The
 * keys are 256 random bits, so that nobody can guess one and compare.
 */
export function keyId(label: string, key: Buffer): string {
  return createHash('sha256').update(`${label}\0`).update(key).digest('hex').slice(0, ID_DIGITS);
}
