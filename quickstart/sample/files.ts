import { hash } from 'node:crypto';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SeededRandom } from './random.js';

/** A file of the filestore and what its attachment says about it. */
export interface SampleFile {
  name: string;
  mediaType: string;
  sha256: string;
  /** Relative to the filestore: `ab/abcdef…`. */
  path: string;
  bytes: number;
  modifiedAt: Date;
}

const FIRST_DAY = Date.UTC(2024, 0, 1, 6);
const MINUTE_MS = 60_000;
const WRITES_AT_ONCE = 8;

/** Writes `count` files, each under its hash, about 10 kB each: some compress well, some not at all. */
export async function writeFiles(filestorePath: string, count: number, seed: number): Promise<SampleFile[]> {
  const directories = [filestorePath, ...shards().map((shard) => join(filestorePath, shard))];
  for (const directory of directories) await mkdir(directory, { recursive: true });
  const random = new SeededRandom(seed);
  const files: SampleFile[] = [];
  for (let first = 0; first < count; first += WRITES_AT_ONCE) {
    const indexes = Array.from({ length: Math.min(WRITES_AT_ONCE, count - first) }, (_, i) => first + i);
    files.push(
      ...(await Promise.all(indexes.map((index) => writeOne(filestorePath, index, contentOf(index, random))))),
    );
  }
  // Writing into them gave them the present time.
  for (const directory of directories) await utimes(directory, FIRST_DAY / 1000, FIRST_DAY / 1000);
  return files;
}

async function writeOne(filestorePath: string, index: number, { extension, mediaType, content }: Content) {
  const sha256 = hash('sha256', content);
  const path = `${sha256.slice(0, 2)}/${sha256}`;
  const modifiedAt = new Date(FIRST_DAY + index * 511 * MINUTE_MS);
  await writeFile(join(filestorePath, path), content);
  await utimes(join(filestorePath, path), modifiedAt, modifiedAt);
  return { name: `Document ${index + 1}.${extension}`, mediaType, sha256, path, bytes: content.length, modifiedAt };
}

interface Content {
  extension: string;
  mediaType: string;
  content: Buffer;
}

function contentOf(index: number, random: SeededRandom): Content {
  // From 0.5 to 28 kB, small ones more often, about 10 kB on average.
  const bytes = 512 + Math.floor((random.below(1_000) / 1_000) ** 2 * 27_500);
  switch (index % 4) {
    case 0:
      return { extension: 'csv', mediaType: 'text/csv', content: table(index, bytes, random) };
    case 1:
      return { extension: 'json', mediaType: 'application/json', content: invoice(index, bytes, random) };
    case 2:
      return { extension: 'png', mediaType: 'image/png', content: binary('\x89PNG\r\n\x1a\n', bytes, random) };
    default:
      return { extension: 'pdf', mediaType: 'application/pdf', content: binary('%PDF-1.7\n', bytes, random) };
  }
}

function table(index: number, bytes: number, random: SeededRandom): Buffer {
  const lines = [`document;${index + 1}`, 'article;quantity;price'];
  for (let length = 0; length < bytes; length += 26) {
    lines.push(`article ${random.below(10_000)};${random.below(50)};${random.below(99_999) / 100}`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function invoice(index: number, bytes: number, random: SeededRandom): Buffer {
  const lines = Array.from({ length: Math.ceil(bytes / 60) }, (_, i) => ({
    position: i + 1,
    article: `Gasket ${random.below(400)} mm`,
    quantity: 1 + random.below(40),
  }));
  return Buffer.from(`${JSON.stringify({ document: index + 1, lines }, null, 1)}\n`);
}

function binary(signature: string, bytes: number, random: SeededRandom): Buffer {
  return Buffer.concat([Buffer.from(signature, 'latin1'), random.bytes(bytes)]);
}

function shards(): string[] {
  return Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
}
