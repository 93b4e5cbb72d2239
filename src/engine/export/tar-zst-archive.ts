import type { Writable } from 'node:stream';
import { once } from 'node:events';
import { createZstdCompress } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { TarArchive } from '../extract/tar-archive.js';
import type { EntryWithContent } from '../extract/with-their-contents.js';
import type { ExportedArchive } from './exported-archive.js';

/** A tar archive in one Zstandard frame. */
export class TarZstArchive implements ExportedArchive {
  private readonly compressor = createZstdCompress();
  private readonly written: Promise<void>;
  private readonly tar = new TarArchive((buffers) => this.write(buffers));

  constructor(output: Writable) {
    this.written = pipeline(this.compressor, output);
    // Whoever writes meets it; nobody may.
    this.written.catch(() => undefined);
  }

  get files(): number {
    return this.tar.files;
  }

  get bytes(): number {
    return this.tar.bytes;
  }

  add(each: EntryWithContent): Promise<void> {
    return this.tar.add(each);
  }

  addLocal(name: string, path: string): Promise<void> {
    return this.tar.addLocal(name, path);
  }

  async end(): Promise<void> {
    await this.tar.end();
    this.compressor.end();
    await this.written;
  }

  private async write(buffers: readonly Buffer[]): Promise<void> {
    for (const buffer of buffers) {
      if (this.compressor.destroyed) await this.written;
      if (buffer.length > 0 && !this.compressor.write(buffer))
        await Promise.race([once(this.compressor, 'drain'), this.written]);
    }
  }
}
