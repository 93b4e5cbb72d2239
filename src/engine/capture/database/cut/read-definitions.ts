import type { DatabaseEntry } from '../../../../vault/manifests/manifest-database.js';
import { ArchiveDigest } from '../../../postgres/programs/archive-digest.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseCaptureContext } from '../database-capture-context.js';
import { readPropertiesEntry } from './database-properties-entry.js';
import type { SettledDefinitions } from './settled-cut.js';

/**
 * Reads all but the rows of tables into the vault, as `pg_dump` sees it under the cut, unless the base has it. Rejects as `dumpArchive` does,
 * or with what the vault says. `digest`: what the definitions are, whenever they are read.
 */
export async function readDefinitions(
  cut: Cut,
  definitions: SettledDefinitions,
  searchPath: string[],
  { writer, progress, signal }: DatabaseCaptureContext,
): Promise<{ entry: DatabaseEntry; digest: string }> {
  const { serverVersion, databaseBytes } = cut;
  const properties = await readPropertiesEntry(cut.client, cut.major);
  const common = { kind: 'database', serverVersion, databaseBytes, properties, searchPath } as const;
  if (definitions.from === 'base') {
    const { state, digest, content } = definitions.base;
    return { entry: { ...common, definitions: { state, digest }, content }, digest };
  }
  const { dump, state } = definitions;
  const digest = new ArchiveDigest();
  const read = (bytes: Buffer) => {
    digest.update(bytes);
    progress.advance('database', { bytes: bytes.length });
  };
  const content = await writer.store(watched(dump.bytes(signal), read));
  const is = digest.digest();
  return {
    entry: { ...common, ...(state !== undefined && { definitions: { state, digest: is } }), content },
    digest: is,
  };
}

async function* watched(source: AsyncIterable<Buffer>, onBytes: (bytes: Buffer) => void): AsyncIterable<Buffer> {
  for await (const bytes of source) {
    onBytes(bytes);
    yield bytes;
  }
}
