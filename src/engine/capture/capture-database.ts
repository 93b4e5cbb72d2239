import type { CaptureWriter } from '../../vault/vault.js';
import type { Cut } from '../postgres/cut.js';
import type { DatabaseAddress } from '../postgres/database-address.js';
import { dumpArchive } from '../postgres/dump-archive.js';
import type { CaptureProgress } from './capture-progress.js';

export interface CaptureDatabaseContext {
  writer: CaptureWriter;
  progress: CaptureProgress;
  signal: AbortSignal;
}

/**
 * Streams the database, as it is under the cut, into the vault: nothing is staged on disk. Rejects with
 * what the dump or the vault says, or with `signal.reason`.
 */
export async function captureDatabase(
  address: DatabaseAddress,
  cut: Cut,
  context: CaptureDatabaseContext,
): Promise<void> {
  const { writer, progress, signal } = context;
  const { serverVersion, databaseBytes } = cut;
  progress.expect('database', { bytes: databaseBytes });
  const content = await writer.store(counted(dumpArchive(address, cut, { signal }), progress));
  await writer.add({ kind: 'database-archive', serverVersion, databaseBytes, content });
  progress.complete('database');
}

async function* counted(source: AsyncIterable<Buffer>, progress: CaptureProgress): AsyncIterable<Buffer> {
  for await (const bytes of source) {
    progress.advance('database', { bytes: bytes.length });
    yield bytes;
  }
}
