import type { DescriptionEntry } from '../../../vault/manifest-database.js';
import type { Cut } from '../../postgres/cut.js';
import { describeDatabase } from '../../postgres/description/describe-database.js';
import { writeDescription } from '../../postgres/description/description-content.js';
import type { DatabaseCaptureContext } from './database-capture-context.js';

/** Stores what every object of the database is, as the cut sees it. Rejects with the server's error, or with what the vault says. */
export async function storeDescription(
  cut: Cut,
  { writer, signal }: Pick<DatabaseCaptureContext, 'writer' | 'signal'>,
): Promise<DescriptionEntry> {
  const objects = writeDescription(describeDatabase(cut.client, { major: cut.major }));
  return { kind: 'description', content: await writer.store(abortable(objects, signal)) };
}

async function* abortable(source: AsyncIterable<Buffer>, signal: AbortSignal): AsyncIterable<Buffer> {
  for await (const bytes of source) {
    signal.throwIfAborted();
    yield bytes;
  }
}
