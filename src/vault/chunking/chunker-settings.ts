/**
 * How streams are cut. Recorded in the vault's format file: two captures share chunks only when they cut alike, so
 * these never change during the life of a vault.
 */
export interface ChunkerSettings {
  readonly algorithm: 'fastcdc-32';
  /** No chunk is shorter, except the last of a stream. */
  readonly minBytes: number;
  /** The size chunks gather around; a power of two. */
  readonly avgBytes: number;
  /** No chunk is longer. */
  readonly maxBytes: number;
  /** 1 to 64 hexadecimal digits the gear table is made from. */
  readonly seed: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Why these bounds. A change inside a stream costs about one chunk, so that smaller ones would store less; but each
 * chunk costs a row in the catalogue, 61 bytes in its pack, and a reference in every manifest. At 1 MiB a database
 * of 1 TB has a million of them and 1 % of scattered changes still leaves most untouched. The minimum (a quarter)
 * is skipped unread, which makes cutting faster; the maximum (four times) bounds memory and is reached only by data
 * without any variety, since past the average a cut is sixteen times likelier than before.
 */
export const DEFAULT_CHUNKER_SETTINGS: ChunkerSettings = {
  algorithm: 'fastcdc-32',
  minBytes: 256 * KIB,
  avgBytes: MIB,
  maxBytes: 4 * MIB,
  seed: '00',
};

/** The bounds the 32-bit fingerprint can honour: `fastcdc.ts` takes two bits more and two fewer than log2(avgBytes). */
const LEAST_AVG_BITS = 6;
const MOST_AVG_BITS = 28;

/** Reads settings from the format file. Throws `TypeError` with a sentence about the first field that is wrong. */
export function parseChunkerSettings(value: unknown): ChunkerSettings {
  if (typeof value !== 'object' || value === null) throw new TypeError('Chunker settings are an object.');
  const fields = value as Record<string, unknown>;
  if (fields['algorithm'] !== 'fastcdc-32') throw new TypeError("The chunker's algorithm must be 'fastcdc-32'.");
  const minBytes = wholeNumber(fields, 'minBytes');
  const avgBytes = wholeNumber(fields, 'avgBytes');
  const maxBytes = wholeNumber(fields, 'maxBytes');
  const avgBits = Math.log2(avgBytes);
  if (!Number.isInteger(avgBits) || avgBits < LEAST_AVG_BITS || avgBits > MOST_AVG_BITS) {
    throw new TypeError("The chunker's avgBytes must be a power of two from 64 bytes to 256 MiB.");
  }
  if (!(minBytes < avgBytes && avgBytes < maxBytes)) {
    throw new TypeError("The chunker's bounds must satisfy minBytes < avgBytes < maxBytes.");
  }
  const seed = fields['seed'];
  if (typeof seed !== 'string' || !/^[0-9a-f]{1,64}$/.test(seed)) {
    throw new TypeError("The chunker's seed must be 1 to 64 lower-case hexadecimal digits.");
  }
  return { algorithm: 'fastcdc-32', minBytes, avgBytes, maxBytes, seed };
}

function wholeNumber(fields: Record<string, unknown>, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new TypeError(`The chunker's ${name} must be a whole number of bytes.`);
  }
  return value;
}
