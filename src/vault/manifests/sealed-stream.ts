import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import type { DataKey } from '../keys/data-key.js';

/**
 * A stream of any length under AES-256-GCM, written and read in bounded memory: the STREAM construction
 * of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance" (CRYPTO 2015). Used for manifests, and for their listings.
 *
 *     header    52 bytes   "SNAPSEAL", version u32 = 1, data key id (8 bytes), salt (32 random bytes)
 *     segments             AES-256-GCM of 256 KiB of plain bytes each, the last one of what is left, tag (16 bytes)
 *
 * Key: HKDF-SHA-256(data key, salt, info = "snapback sealed stream 1"). Nonce: the segment's number in eleven bytes,
 * big-endian, and one byte that is 1 for the last segment only. Additional data: header and a context,
 * what the stream is. So segments cannot be left out, swapped, repeated or cut off at the end, nor a
 * stream be taken for another.
 */
const MAGIC = Buffer.from('SNAPSEAL', 'ascii');
const VERSION = 1;
const HEADER_BYTES = 52;
const KEY_ID_AT = 12;
const SALT_AT = 20;
const SALT_BYTES = 32;
const TAG_BYTES = 16;
export const SEALED_BYTES = 256 * 1024;

/** Why a sealed stream cannot be read: a sentence that goes on from "It is damaged:". */
export class SealError extends Error {
  override name = 'SealError';
  constructor(
    readonly code: 'damaged' | 'wrong-key' | 'unknown-format',
    message: string,
  ) {
    super(message);
  }
}

/** Encrypts. `context` must be given again to read it. */
export async function* sealStream(
  dataKey: DataKey,
  context: string,
  source: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const header = makeHeader(dataKey.id, salt);
  yield header;
  const sealer = new Segments(dataKey, salt, header, context);
  // The last segment is known as such only when the source has ended, so one is always held back.
  let number = 0;
  for await (const { bytes, last } of segmentsOf(source, SEALED_BYTES)) {
    yield sealer.seal(bytes, number, last);
    number += 1;
  }
}

/** Decrypts what `sealStream` wrote. Each buffer has been authenticated; that it is all of them is known at the end. Throws `SealError`. */
export async function* openStream(
  dataKey: DataKey,
  context: string,
  source: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let opener: Segments | undefined;
  let number = 0;
  for await (const { bytes, last } of segmentsOf(source, SEALED_BYTES + TAG_BYTES, HEADER_BYTES)) {
    if (opener === undefined) {
      opener = openHeader(bytes, dataKey, context);
      if (last) throw new SealError('damaged', 'it ends after its header');
      continue;
    }
    yield opener.open(bytes, number, last);
    number += 1;
  }
}

/** A sealed stream of which any part can be read. */
export interface StoredStream {
  /** Of the whole stream as it is stored. */
  bytes: number;
  /** Rejects where there are fewer bytes than asked for. */
  read(offset: number, bytes: number): Promise<Buffer>;
}

/** Decrypts parts of what `sealStream` wrote. Each is authenticated, and so is where the stream ends. */
export class SealedParts {
  private last: { number: number; plain: Buffer } | undefined;

  private constructor(
    private readonly stored: StoredStream,
    private readonly segments: Segments,
  ) {}

  /** Rejects with `SealError`, and with what the source rejects with. */
  static async open(dataKey: DataKey, context: string, stored: StoredStream): Promise<SealedParts> {
    if (stored.bytes < HEADER_BYTES + TAG_BYTES) throw new SealError('damaged', 'it is cut off');
    return new SealedParts(stored, openHeader(await stored.read(0, HEADER_BYTES), dataKey, context));
  }

  /** Of all that is in it. */
  get bytes(): number {
    return this.stored.bytes - HEADER_BYTES - TAG_BYTES * this.count;
  }

  /** The plain bytes of a range that is in it. Rejects with `SealError`, and with what the source rejects with. */
  async read(offset: number, bytes: number): Promise<Buffer> {
    const first = Math.floor(offset / SEALED_BYTES);
    const end = Math.min(this.count, Math.ceil((offset + bytes) / SEALED_BYTES));
    // Parts are mostly read one after the other: the next one begins in the segment in which this one ends.
    const kept = this.last?.number === first ? this.last : undefined;
    const plain = kept === undefined ? [] : [kept.plain];
    const next = first + plain.length;
    if (next < end) plain.push(...(await this.open(next, end)));
    this.last = { number: end - 1, plain: plain.at(-1)! };
    const start = offset - first * SEALED_BYTES;
    return Buffer.concat(plain).subarray(start, start + bytes);
  }

  private async open(first: number, end: number): Promise<Buffer[]> {
    const stored = SEALED_BYTES + TAG_BYTES;
    const to = Math.min(end * stored, this.stored.bytes - HEADER_BYTES);
    const sealed = await this.stored.read(HEADER_BYTES + first * stored, to - first * stored);
    return Array.from({ length: end - first }, (_, index) => {
      const number = first + index;
      const segment = sealed.subarray(index * stored, (index + 1) * stored);
      return this.segments.open(segment, number, number === this.count - 1);
    });
  }

  private get count(): number {
    return Math.ceil((this.stored.bytes - HEADER_BYTES) / (SEALED_BYTES + TAG_BYTES));
  }
}

function makeHeader(keyId: string, salt: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32BE(VERSION, MAGIC.length);
  header.write(keyId, KEY_ID_AT, 'hex');
  salt.copy(header, SALT_AT);
  return header;
}

function openHeader(header: Buffer, dataKey: DataKey, context: string): Segments {
  if (header.length < HEADER_BYTES) throw new SealError('damaged', 'it ends within its header');
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new SealError('unknown-format', 'its first bytes are not those of a sealed stream');
  }
  const version = header.readUInt32BE(MAGIC.length);
  if (version !== VERSION) {
    throw new SealError('unknown-format', `it has format ${version}, this version of Snapback reads format ${VERSION}`);
  }
  const keyId = header.toString('hex', KEY_ID_AT, SALT_AT);
  if (keyId !== dataKey.id) {
    throw new SealError('wrong-key', `it was written under data key ${keyId}, the project's key is ${dataKey.id}`);
  }
  return new Segments(dataKey, header.subarray(SALT_AT), header, context);
}

class Segments {
  private readonly key: KeyObject;
  private readonly data: Buffer;

  constructor(dataKey: DataKey, salt: Buffer, header: Buffer, context: string) {
    const key = hkdfSync('sha256', dataKey.bytes, salt, 'snapback sealed stream 1', 32);
    this.key = createSecretKey(Buffer.from(key));
    this.data = Buffer.concat([header, Buffer.from(context, 'utf8')]);
  }

  seal(plain: Buffer, number: number, last: boolean): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce(number, last)).setAAD(this.data);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  open(sealed: Buffer, number: number, last: boolean): Buffer {
    if (sealed.length < TAG_BYTES) throw new SealError('damaged', 'it is cut off');
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonce(number, last), { authTagLength: TAG_BYTES });
    decipher.setAAD(this.data).setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
    try {
      return Buffer.concat([plain, decipher.final()]);
    } catch {
      throw new SealError('damaged', `its segment ${number} is altered, misplaced or cut off`);
    }
  }
}

function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(number), 3);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

/** Regroups bytes into pieces of one size, the first one possibly of another; the last may be shorter, or empty. */
async function* segmentsOf(
  source: AsyncIterable<Buffer>,
  size: number,
  firstSize = size,
): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let parts: Buffer[] = [];
  let have = 0;
  let want = firstSize;
  for await (const buffer of source) {
    let rest = buffer;
    // More than wanted, not just enough: what is full may still be the last.
    while (have + rest.length > want) {
      const taken = rest.subarray(0, want - have);
      rest = rest.subarray(taken.length);
      yield { bytes: Buffer.concat([...parts, taken]), last: false };
      [parts, have, want] = [[], 0, size];
    }
    if (rest.length === 0) continue;
    parts.push(rest);
    have += rest.length;
  }
  yield { bytes: Buffer.concat(parts), last: true };
}
