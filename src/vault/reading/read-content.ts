import { createHash } from 'node:crypto';
import type { ByteRange } from '../backend/backend.js';
import { chunkGroups } from './chunk-groups.js';
import type { ChunkReader } from './chunk-reader.js';
import type { ChunkRef, ContentRef } from '../manifests/content-ref.js';
import { VaultError } from '../vault-error.js';

/** Whatever reads chunks as `ChunkReader` does. */
export type Chunks = Pick<ChunkReader, 'read' | 'readAll'>;

/** As `Vault.readContent()` says. */
export async function* readContent(reader: Chunks, content: ContentRef): AsyncGenerator<Buffer> {
  const only = onlyChunk(content);
  if (only) {
    const bytes = await reader.read(only);
    requireLength(content, bytes.length);
    yield bytes;
    return;
  }
  const whole = createHash('sha256');
  let length = 0;
  for await (const bytes of chunksOf(reader, content)) {
    whole.update(bytes);
    length += bytes.length;
    yield bytes;
  }
  requireLength(content, length);
  if (whole.digest('hex') === content.sha256) return;
  throw new VaultError('chunk-damaged', `The chunks of content ${content.sha256} are whole but are not that content.`);
}

/** As `Vault.readPart()` says. */
export async function* readPart(
  reader: Chunks,
  content: ContentRef,
  { offset, bytes }: ByteRange,
): AsyncGenerator<Buffer> {
  const end = offset + bytes;
  let start = 0;
  const touched: { chunk: ChunkRef; start: number }[] = [];
  for (const chunk of content.chunks) {
    if (start < end && start + chunk.bytes > offset) touched.push({ chunk, start });
    start += chunk.bytes;
  }
  let index = 0;
  for await (const plain of chunksOf(reader, { ...content, chunks: touched.map(({ chunk }) => chunk) })) {
    const { chunk, start: at } = touched[index++]!;
    if (plain.length !== chunk.bytes) requireLength(content, content.bytes - chunk.bytes + plain.length);
    yield plain.subarray(Math.max(0, offset - at), Math.min(plain.length, end - at));
  }
}

/** What the chunks of a content are together, whatever the content is said to be. Throws as `Vault.readContent()` does. */
export async function hashContent(
  reader: Chunks,
  content: ContentRef,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const whole = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunksOf(reader, content)) {
    signal.throwIfAborted();
    whole.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: whole.digest('hex') };
}

async function* chunksOf(reader: Chunks, { chunks }: ContentRef): AsyncGenerator<Buffer> {
  const groups = chunkGroups(chunks, ({ bytes }) => bytes);
  // One group ahead: the next is fetched while the caller works on this one.
  let ahead = readNext(reader, groups);
  try {
    while (ahead !== undefined) {
      const group: Buffer[] = await ahead;
      ahead = readNext(reader, groups);
      yield* group;
    }
  } finally {
    await ahead?.catch(() => undefined);
  }
}

/** As `Vault.readContents()` says. */
export async function readContents(reader: Chunks, contents: readonly ContentRef[]): Promise<Buffer[]> {
  const single = await reader.readAll(contents.flatMap((content) => onlyChunk(content) ?? []));
  const wholes: Buffer[] = [];
  let next = 0;
  for (const content of contents) {
    const whole = onlyChunk(content) ? single[next++]! : await joined(readContent(reader, content));
    requireLength(content, whole.length);
    wholes.push(whole);
  }
  return wholes;
}

/** What a content is said to have is used for room and progress before anybody has seen its bytes. */
function requireLength({ bytes, sha256 }: ContentRef, length: number): void {
  if (length === bytes) return;
  throw new VaultError('chunk-damaged', `The content ${sha256} has ${length} bytes and should have ${bytes}.`);
}

/** The chunk that is all of the content; its own name has been checked then. */
function onlyChunk({ chunks, sha256 }: ContentRef): ChunkRef | undefined {
  return chunks.length === 1 && chunks[0]?.id === sha256 ? chunks[0] : undefined;
}

async function joined(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

function readNext(reader: Chunks, groups: Iterator<ChunkRef[]>): Promise<Buffer[]> | undefined {
  const next = groups.next();
  if (next.done) return undefined;
  const read = reader.readAll(next.value);
  read.catch(() => undefined); // Thrown when its turn comes.
  return read;
}
