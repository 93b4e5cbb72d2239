import type { DatabaseEntry } from '../../../../vault/manifests/manifest-database.js';
import { ArchiveDigest } from '../../../postgres/programs/archive-digest.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseCaptureContext } from '../database-capture-context.js';
import { readPropertiesEntry } from './database-properties-entry.js';
import type { StartedDump } from './started-dump.js';

/**
 * Reads all but the rows of tables into the vault, as `pg_dump` sees it under the cut. Rejects as `dumpArchive` does,
 * or with what the vault says. `digest`: what the definitions are, whenever they are read.
 */
export async function readDefinitions(
  cut: Cut,
  dump: StartedDump,
  searchPath: string[],
  { writer, progress, signal }: DatabaseCaptureContext,
): Promise<{ entry: DatabaseEntry; digest: string }> {
  const { serverVersion, databaseBytes } = cut;
  const digest = new ArchiveDigest();
  const read = (bytes: Buffer) => {
    digest.update(bytes);
    progress.advance('database', { bytes: bytes.length });
  };
  const properties = await readPropertiesEntry(cut.client, cut.major);
  const content = await writer.store(watched(dump.bytes(signal), read));
  const entry = { kind: 'database', serverVersion, databaseBytes, properties, searchPath, content } as const;
  return { entry, digest: digest.digest() };
}

async function* watched(source: AsyncIterable<Buffer>, onBytes: (bytes: Buffer) => void): AsyncIterable<Buffer> {
  for await (const bytes of source) {
    onBytes(bytes);
    yield bytes;
  }
}
