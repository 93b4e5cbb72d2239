import { createHash } from 'node:crypto';

const LABEL = 'snapback gear table 1';

/**
 * The 256 random numbers of the gear hash. Number i is the first four bytes, as a signed little-endian integer, of
 * SHA-256(label, 0x00, seed, 0x00, byte i): anyone can make the same table from the format file, and a vault
 * with a seed of its own cannot be probed by the lengths into which known content is cut.
 */
export function makeGearTable(seed: string): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) =>
    createHash('sha256').update(`${LABEL}\0${seed}\0`).update(Uint8Array.of(byte)).digest().readInt32LE(0),
  );
}
