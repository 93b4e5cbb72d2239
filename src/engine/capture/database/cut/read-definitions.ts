import type { DatabaseEntry } from '../../../../vault/manifests/manifest-database.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseCaptureContext } from '../database-capture-context.js';
import { readPropertiesEntry } from './database-properties-entry.js';
import type { StartedDump } from './started-dump.js';

/**
 * Reads all but the rows of tables into the vault, as `pg_dump` sees it under the cut. Rejects as `dumpArchive` does,
 * or with what the vault says.
 */
export async function readDefinitions(
  cut: Cut,
  dump: StartedDump,
  searchPath: string[],
  { writer, progress, signal }: DatabaseCaptureContext,
): Promise<DatabaseEntry> {
  const { serverVersion, databaseBytes } = cut;
  const properties = await readPropertiesEntry(cut.client, cut.major);
  const content = await writer.store(counted(dump.bytes(signal), (bytes) => progress.advance('database', { bytes })));
  return { kind: 'database', serverVersion, databaseBytes, properties, searchPath, content };
}

async function* counted(source: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncIterable<Buffer> {
  for await (const bytes of source) {
    onBytes(bytes.length);
    yield bytes;
  }
}
