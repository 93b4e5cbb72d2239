import { openCut } from '../postgres/cut.js';
import type { DatabaseAddress } from '../postgres/database-address.js';
import { dumpArchive } from '../postgres/dump-archive.js';
import type { DatabaseCapture, DatabaseCaptureOptions } from './database/database-capture.js';

/**
 * Takes the cut of a database that is captured as one archive, always full: what a restore can read today. The
 * caller closes. Rejects with an `EngineError`, or with `signal.reason`.
 */
export async function openDatabaseCapture(
  address: DatabaseAddress,
  _options: DatabaseCaptureOptions,
  context: { signal: AbortSignal },
): Promise<DatabaseCapture> {
  const cut = await openCut(address, context);
  const { serverVersion, databaseBytes } = cut;
  return {
    serverVersion,
    databaseBytes,
    type: 'full',
    async run({ writer, progress, signal }) {
      let bytesRead = 0;
      progress.expect('database', { bytes: databaseBytes });
      const archive = counted(dumpArchive(address, cut, { signal }), (bytes) => {
        bytesRead += bytes;
        progress.advance('database', { bytes });
      });
      const content = await writer.store(archive);
      await writer.add({ kind: 'database-archive', serverVersion, databaseBytes, content });
      progress.complete('database');
      const counts = { tables: 0, segments: 0, segmentsCarriedOver: 0, bytesRead, bytesCarriedOver: 0 };
      return { databaseBytes, serverVersion, type: 'full', canBeBase: false, counts, reasons: [] };
    },
    close: () => cut.close(),
  };
}

async function* counted(source: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncIterable<Buffer> {
  for await (const bytes of source) {
    onBytes(bytes.length);
    yield bytes;
  }
}
