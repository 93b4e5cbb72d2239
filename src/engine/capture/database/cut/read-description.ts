import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Client } from 'pg';
import type { DescriptionEntry } from '../../../../vault/manifests/manifest-database.js';
import { openConnection } from '../../../postgres/connection/connect.js';
import { CAPTURE_NAME, type Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { describeDatabase, type DescribeOptions } from '../../../postgres/description/describe-database.js';
import { writeDescription } from '../../../postgres/description/description-content.js';
import { quoteLiteral } from '../../../postgres/sql/quote.js';
import { READING_SETTINGS } from '../../../postgres/connection/session-settings.js';
import type { DatabaseCaptureContext } from '../database-capture-context.js';

/** What of the database is no part of the snapshot. */
type Undescribed = NonNullable<DescribeOptions['without']>;

/**
 * What every object of a database is, read and not stored yet. It is read while the cut settles, and in a transaction of its own, as
 * `pg_dump` reads the same things: later somebody may hold a view for as long as it takes to refresh it, and we would wait; and
 * what we have locked to print it, nobody could refresh. It says the same words again and again, so that a hundred thousand tables take
 * a few megabytes here.
 */
export class KeptDescription {
  private constructor(private readonly compressed: readonly Buffer[]) {}

  /** Rejects as the server does, also when somebody holds what is to be described (`lock_timeout`). */
  static async read(
    address: DatabaseAddress,
    cut: Pick<Cut, 'snapshotName' | 'major'>,
    { signal, lockTimeoutMs, without }: { signal: AbortSignal; lockTimeoutMs: number; without: Undescribed },
  ): Promise<KeptDescription> {
    const settings = { ...READING_SETTINGS, lock_timeout: String(lockTimeoutMs) };
    const connection = await openConnection(address, { signal, settings, applicationName: CAPTURE_NAME });
    try {
      await connection.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await connection.client.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(cut.snapshotName)}`);
      return await KeptDescription.readOn(connection.client, { major: cut.major, without });
    } finally {
      await connection.close();
    }
  }

  private static async readOn(client: Client, options: DescribeOptions): Promise<KeptDescription> {
    const compressed: Buffer[] = [];
    const objects = Readable.from(writeDescription(describeDatabase(client, options)));
    await pipeline(objects, createZstdCompress(), async (parts: AsyncIterable<Buffer>) => {
      for await (const part of parts) compressed.push(part);
    });
    return new KeptDescription(compressed);
  }

  /** Rejects with what the vault says, or with `signal.reason`. */
  async store({ writer, signal }: Pick<DatabaseCaptureContext, 'writer' | 'signal'>): Promise<DescriptionEntry> {
    return { kind: 'description', content: await writer.store(this.bytes(signal)) };
  }

  private async *bytes(signal: AbortSignal): AsyncIterable<Buffer> {
    const parts = Readable.from(this.compressed).pipe(createZstdDecompress());
    for await (const part of parts) {
      signal.throwIfAborted();
      yield part as Buffer;
    }
  }
}
