import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import type { Backend } from '../backend/backend.js';
import { BackendError } from '../backend/backend-error.js';
import type { DataKey } from '../keys/data-key.js';
import type { ManifestEntry, ManifestHeader } from './manifest.js';
import { VaultError } from '../vault-error.js';
import { checkEnds, checkLines, checkRawLines, type ManifestEnds, type ManifestLine } from './check-lines.js';
import { splitLines } from './line-splitter.js';
import { sealContext } from './manifest-draft.js';
import { openStream } from './sealed-stream.js';

/** What is decompressed at once, and so the lines that come at once: a few hundred, since each time a thread is asked. */
const PLAIN_BYTES = 128 * 1024;

/** Reads one manifest object line by line, as `readSealedBatches()` does. */
export async function* readSealedManifest(
  ...manifest: Parameters<typeof readSealedBatches>
): AsyncGenerator<ManifestLine> {
  for await (const lines of readSealedBatches(...manifest)) yield* lines;
}

/**
 * Reads one manifest object some lines at a time: its header, then its entries, in bounded memory. Throws
 * `VaultError('manifest-missing' | 'manifest-damaged')`, at the latest where it would have ended.
 */
export function readSealedBatches(...manifest: SealedManifest): AsyncGenerator<ManifestLine[]> {
  return checked(checkLines, ...manifest);
}

/**
 * The lines of its entries as they are, each with its newline, some at a time: for whoever knows how to read most of them faster than
 * `parseEntry`. Throws as `readSealedBatches()` does.
 */
export function readSealedLines(...manifest: SealedManifest): AsyncGenerator<Buffer[]> {
  return checked(checkRawLines, ...manifest);
}

type SealedManifest = [backend: Backend, dataKey: DataKey, snapshotId: string, objectKey: string];

async function* checked<L>(
  check: (lines: AsyncIterable<Buffer[]>, snapshotId: string) => AsyncGenerator<L>,
  ...manifest: SealedManifest
): AsyncGenerator<L> {
  const { lines, close } = unseal(...manifest);
  const [, , snapshotId] = manifest;
  try {
    yield* check(lines, snapshotId);
  } catch (error) {
    throw toVaultError(error, snapshotId);
  } finally {
    await close();
  }
}

/** The header of a manifest's lines, which begin with it; nothing after it is read. */
export async function headerOf(batches: AsyncIterable<ManifestLine[]>): Promise<ManifestHeader> {
  for await (const [first] of batches) {
    if (first?.kind === 'header') return first;
  }
  throw new Error('A manifest begins with its header.');
}

/** The same lines without the header. */
export async function* entriesOf(batches: AsyncIterable<ManifestLine[]>): AsyncGenerator<ManifestEntry[]> {
  for await (const lines of batches) yield lines.filter((line) => line.kind !== 'header');
}

/** Header and footer of one manifest object, which is read to its end and whole. Rejects with what `readSealedBatches()` throws. */
export async function readSealedEnds(
  backend: Backend,
  dataKey: DataKey,
  snapshotId: string,
  objectKey: string,
): Promise<ManifestEnds> {
  const { lines, close } = unseal(backend, dataKey, snapshotId, objectKey);
  try {
    return await checkEnds(lines, snapshotId);
  } catch (error) {
    throw toVaultError(error, snapshotId);
  } finally {
    await close();
  }
}

/** The plain lines of a manifest object; whoever reads them closes it. */
function unseal(backend: Backend, dataKey: DataKey, snapshotId: string, objectKey: string) {
  const plain = createZstdDecompress({ chunkSize: PLAIN_BYTES });
  const opened = openStream(dataKey, sealContext(snapshotId), backend.stream(objectKey));
  // When it fails, `plain` fails with the same error: that is where it is thrown.
  const decompressed = pipeline(Readable.from(opened), plain).catch(() => undefined);
  const close = async () => {
    plain.destroy();
    await decompressed;
  };
  return { lines: splitLines(plain), close };
}

function toVaultError(error: unknown, snapshotId: string): unknown {
  if (error instanceof BackendError) {
    if (error.code === 'truncated') {
      return new VaultError('manifest-damaged', `The manifest of snapshot ${snapshotId} is cut off.`, { cause: error });
    }
    // What the catalogue says is no key at all: there can be no such object.
    if (error.code !== 'missing' && error.code !== 'invalid-key') return error;
    return new VaultError('manifest-missing', `The manifest of snapshot ${snapshotId} is not in the vault.`, {
      cause: error,
    });
  }
  return damagedManifest(snapshotId, error);
}

/** What a manifest is whose bytes or lines are not what one holds: `cause` says why. */
export function damagedManifest(snapshotId: string, cause: unknown): VaultError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VaultError('manifest-damaged', `The manifest of snapshot ${snapshotId} is damaged: ${reason}.`, { cause });
}
