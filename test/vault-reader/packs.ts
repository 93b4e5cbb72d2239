import { createHash } from 'node:crypto';
import { open as openFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { derive, type Header, headerOf, HEADER_BYTES, open } from './keys.js';

const FOOTER_BYTES = 48;
const ENTRY_BYTES = 45;

interface Place {
  file: string;
  header: Header;
  key: Buffer;
  /** As it stands in the index. */
  entry: Buffer;
}

export interface Content {
  bytes: number;
  sha256: string;
  chunks: { id: string; bytes: number }[];
}

/** All chunks of a project, found by the indexes of its packs. */
export class Packs {
  private readonly places = new Map<string, Place>();

  static async of(vault: string, project: string, dataKey: Buffer): Promise<Packs> {
    const packs = new Packs();
    const directory = join(vault, 'projects', project, 'packs');
    for (const group of await readdir(directory)) {
      for (const name of await readdir(join(directory, group))) {
        packs.enter(join(directory, group, name), await readFile(join(directory, group, name)), dataKey);
      }
    }
    return packs;
  }

  /** The buffers of a content, which is what it says it is when this ends. */
  async *read({ bytes, sha256, chunks }: Content): AsyncGenerator<Buffer> {
    const whole = createHash('sha256');
    let length = 0;
    for (const chunk of chunks) {
      const plain = await this.chunk(chunk.id);
      if (plain.length !== chunk.bytes) throw new Error(`Chunk ${chunk.id} has another length.`);
      whole.update(plain);
      length += plain.length;
      yield plain;
    }
    if (length !== bytes || whole.digest('hex') !== sha256) throw new Error(`Not the content ${sha256}.`);
  }

  private enter(file: string, pack: Buffer, dataKey: Buffer): void {
    const footer = pack.subarray(-FOOTER_BYTES);
    if (footer.toString('latin1', 40) !== 'PACKSNAP') throw new Error(`${file} is no pack.`);
    const [indexAt, indexBytes] = [footer.readUInt32BE(0), footer.readUInt32BE(4)];
    const header = headerOf(Buffer.from(pack.subarray(0, HEADER_BYTES)), 'SNAPPACK', dataKey);
    const position = Buffer.alloc(4);
    position.writeUInt32BE(indexAt);
    const index = open(
      derive(dataKey, header.salt, 'snapback pack 1 index'),
      Buffer.alloc(12),
      Buffer.concat([header.bytes, position]),
      pack.subarray(indexAt, indexAt + indexBytes),
    );
    const key = derive(dataKey, header.salt, 'snapback pack 1 frames');
    for (let at = 0; at < index.length; at += ENTRY_BYTES) {
      const entry = index.subarray(at, at + ENTRY_BYTES);
      this.places.set(entry.toString('hex', 0, 32), { file, header, key, entry });
    }
  }

  private async chunk(id: string): Promise<Buffer> {
    const place = this.places.get(id);
    if (place === undefined) throw new Error(`Chunk ${id} is in no pack.`);
    const { file, header, key, entry } = place;
    const [offset, frameBytes, plainBytes] = [entry.readUInt32BE(32), entry.readUInt32BE(36), entry.readUInt32BE(40)];
    const handle = await openFile(file);
    const frame = Buffer.alloc(frameBytes);
    await handle.read(frame, 0, frameBytes, offset);
    await handle.close();
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(offset, 8);
    const body = open(key, nonce, Buffer.concat([header.bytes, entry]), frame);
    const plain = entry.readUInt8(44) === 1 ? zstdDecompressSync(body) : body;
    if (plain.length !== plainBytes || createHash('sha256').update(plain).digest('hex') !== id) {
      throw new Error(`Chunk ${id} is not what it is named after.`);
    }
    return plain;
  }
}
