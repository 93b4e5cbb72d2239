import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { checkLines } from './manifests/check-lines.js';
import { splitLines } from './manifests/line-splitter.js';
import type { ManifestEntry, ManifestHeader } from './manifest.js';
import type { ProjectLayout } from './project-layout.js';
import { errnoOf } from './storage-error.js';
import { VaultError } from './vault-error.js';

/**
 * Reads one published manifest line by line: its header, then its entries. Ends only after the footer's
 * count and hash have been compared, else throws `VaultError('manifest-missing' | 'manifest-damaged')`.
 * A reader that stops early, say after the header, has seen lines whose hash was not compared.
 */
export async function* readManifest(
  layout: ProjectLayout,
  snapshotId: string,
): AsyncGenerator<ManifestHeader | ManifestEntry> {
  const file = layout.manifest(snapshotId);
  const plain = createZstdDecompress();
  // When it fails, `plain` fails with the same error: that is where it is thrown.
  const decompressed = pipeline(createReadStream(file), plain).catch(() => undefined);
  try {
    yield* checkLines(splitLines(plain), snapshotId);
  } catch (error) {
    throw toReadError(error, file, snapshotId);
  } finally {
    plain.destroy();
    await decompressed;
  }
}

/** Reads the header alone; see `readManifest()` for what that does not check. */
export async function readManifestHeader(layout: ProjectLayout, snapshotId: string): Promise<ManifestHeader> {
  for await (const line of readManifest(layout, snapshotId)) {
    if (line.kind === 'header') return line;
  }
  throw new Error('A manifest begins with its header.');
}

function toReadError(error: unknown, file: string, snapshotId: string): unknown {
  const errno = errnoOf(error);
  if (errno === 'ENOENT') {
    const message = `The vault holds no manifest of snapshot ${snapshotId} (${file}).`;
    return new VaultError('manifest-missing', message, { cause: error });
  }
  // What else the system refuses (permissions, too many open files) says nothing about the manifest.
  if (errno !== undefined && errno !== 'EIO') return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The manifest of snapshot ${snapshotId} (${file}) is damaged: ${reason}.`;
  return new VaultError('manifest-damaged', message, { cause: error });
}
