import { PackError, damaged } from './pack-error.js';

/**
 * A pack: many chunks of one project in one immutable object. All numbers are big-endian.
 *
 *     header   52 bytes   "SNAPPACK", version u32 = 1, data key id (8 bytes), salt (32 random bytes)
 *     frames              one a chunk, without gaps: AES-256-GCM(body), tag (16 bytes)
 *     index               AES-256-GCM(entries of 45 bytes each, in the order of the frames), tag (16 bytes)
 *     footer   48 bytes   index offset u32, index bytes u32 (with tag), SHA-256 of all before, "PACKSNAP"
 *
 *     entry    45 bytes   chunk id (SHA-256 of the plain bytes, 32), frame offset u32, frame bytes u32 (with tag),
 *                         plain bytes u32, encoding u8 (0 raw, 1 zstd)
 *
 * Frame key and index key: HKDF-SHA-256(data key, salt = header's salt, info = "snapback pack 1 frames" and
 * "snapback pack 1 index"), so that no key is used for more than one pack and an offset, unique within the pack, is
 * a nonce: 12 bytes, the frame's offset in the last four. The index has a key of its own and the nonce zero.
 *
 * Additional data of a frame: header, then its entry; of the index: header, then its offset. A frame therefore
 * opens only in its pack, at its place, as the chunk and in the encoding it was written for.
 *
 * The pack's id, and name, is the SHA-256 of the whole object in hexadecimal.
 */
export const PACK_VERSION = 1;
export const HEADER_BYTES = 52;
export const ENTRY_BYTES = 45;
export const FOOTER_BYTES = 48;
export const TAG_BYTES = 16;
export const CHUNK_ID_BYTES = 32;
export const SALT_BYTES = 32;

/** What a pack of no chunks would take; every chunk adds its frame and an entry. */
export const EMPTY_PACK_BYTES = HEADER_BYTES + TAG_BYTES + FOOTER_BYTES;

/** What a chunk adds to a pack besides its body. */
export const CHUNK_OVERHEAD_BYTES = TAG_BYTES + ENTRY_BYTES;

const HEADER_MAGIC = Buffer.from('SNAPPACK', 'ascii');
const FOOTER_MAGIC = Buffer.from('PACKSNAP', 'ascii');
const VERSION_AT = 8;
const KEY_ID_AT = 12;
const SALT_AT = 20;

export type ChunkEncoding = 'raw' | 'zstd';
/** By the number that an index, and the catalogue, has of it. */
export const ENCODINGS: readonly ChunkEncoding[] = ['raw', 'zstd'];

/** Where a chunk lies in a pack: all that is needed, besides the pack's header, to read it. */
export interface PackEntry {
  /** SHA-256 of the plain bytes. */
  id: Buffer;
  offset: number;
  /** Length of the frame, with its tag. */
  storedBytes: number;
  plainBytes: number;
  encoding: ChunkEncoding;
}

export interface PackHeader {
  /** 16 hexadecimal digits, see `DataKey`. */
  keyId: string;
  salt: Buffer;
  /** The header as it is written; authenticated with every frame. */
  bytes: Buffer;
}

export interface PackFooter {
  indexOffset: number;
  indexBytes: number;
  checksum: Buffer;
}

export function makeHeader(keyId: string, salt: Buffer): PackHeader {
  const bytes = Buffer.alloc(HEADER_BYTES);
  HEADER_MAGIC.copy(bytes);
  bytes.writeUInt32BE(PACK_VERSION, VERSION_AT);
  bytes.write(keyId, KEY_ID_AT, 'hex');
  salt.copy(bytes, SALT_AT);
  return { keyId, salt, bytes };
}

/** Throws `PackError('pack-damaged' | 'unknown-format')`. */
export function parsePackHeader(bytes: Buffer): PackHeader {
  if (bytes.length < HEADER_BYTES) throw damaged('header', 'it ends within its header');
  if (!bytes.subarray(0, HEADER_MAGIC.length).equals(HEADER_MAGIC)) {
    throw new PackError('unknown-format', 'This is no pack of Snapback, or its first bytes are damaged.', 'header');
  }
  const version = bytes.readUInt32BE(VERSION_AT);
  if (version !== PACK_VERSION) {
    const message = `The pack has format ${version}, this version of Snapback reads format ${PACK_VERSION}. Use a newer one.`;
    throw new PackError('unknown-format', message, 'header');
  }
  // A copy: the header outlives the buffer it was read into.
  const own = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  return { keyId: own.toString('hex', KEY_ID_AT, SALT_AT), salt: own.subarray(SALT_AT), bytes: own };
}

/** The first part of the footer, which the checksum covers too. */
export function makeIndexPosition(indexOffset: number, indexBytes: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(indexOffset, 0);
  bytes.writeUInt32BE(indexBytes, 4);
  return bytes;
}

/** The rest of the footer. */
export function makeFooterEnd(checksum: Buffer): Buffer {
  return Buffer.concat([checksum, FOOTER_MAGIC]);
}

/** Reads the last bytes of a pack of `packBytes`. Throws `PackError('pack-damaged')`. */
export function parsePackFooter(bytes: Buffer, packBytes: number): PackFooter {
  if (bytes.length !== FOOTER_BYTES || !bytes.subarray(-FOOTER_MAGIC.length).equals(FOOTER_MAGIC)) {
    throw damaged('footer', 'its end is missing or altered, it may have been cut off');
  }
  const indexOffset = bytes.readUInt32BE(0);
  const indexBytes = bytes.readUInt32BE(4);
  const fits = indexOffset >= HEADER_BYTES && indexBytes >= TAG_BYTES;
  if (!fits || indexOffset + indexBytes + FOOTER_BYTES !== packBytes) {
    throw damaged('footer', 'its footer points to an index that is not there');
  }
  return { indexOffset, indexBytes, checksum: bytes.subarray(8, 8 + CHUNK_ID_BYTES) };
}

/** Writes an entry at `at`; the caller has made room for `ENTRY_BYTES`. */
export function writeEntry(entry: PackEntry, target: Buffer, at: number): void {
  entry.id.copy(target, at);
  target.writeUInt32BE(entry.offset, at + 32);
  target.writeUInt32BE(entry.storedBytes, at + 36);
  target.writeUInt32BE(entry.plainBytes, at + 40);
  target.writeUInt8(ENCODINGS.indexOf(entry.encoding), at + 44);
}

/** Reads one entry. Throws `PackError('pack-damaged')` for an encoding that does not exist. */
export function readEntry(source: Buffer, at: number): PackEntry {
  const encoding = ENCODINGS[source.readUInt8(at + 44)];
  if (encoding === undefined) throw damaged('index', 'its index names an encoding that does not exist');
  return {
    id: source.subarray(at, at + CHUNK_ID_BYTES),
    offset: source.readUInt32BE(at + 32),
    storedBytes: source.readUInt32BE(at + 36),
    plainBytes: source.readUInt32BE(at + 40),
    encoding,
  };
}
