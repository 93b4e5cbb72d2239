import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { SegmentEntry } from '../../../../vault/manifests/manifest-database.js';
import type { TokenBucket } from '../../../../vault/backend/wrappers/token-bucket.js';
import type { ContentRef } from '../../../../vault/manifests/content-ref.js';
import type { CaptureWriter } from '../../../../vault/vault.js';
import type { Queries } from '../../../postgres/connection/queries.js';
import { openCopy } from '../../../postgres/copy/open-copy.js';
import { isRefusal } from '../../../postgres/connection/postgres-errors.js';
import type { RowsDigest } from '../../../postgres/sql/rows-digest.js';
import {
  copyStatement,
  countStatement,
  plainCopyStatement,
  segmentDigestStatement,
  testStatement,
} from './segment-statements.js';
import type { RangeTest } from './whole-table.js';
import type { SegmentTask } from './segment-tasks.js';

const NOTHING = { bytes: 0, sha256: createHash('sha256').digest('hex'), chunks: [] };

/** Rows that are in the vault. */
export interface StoredRows {
  rows: number;
  content: ContentRef;
}

/** What reads rows under the cut. */
export interface RowsReader {
  readonly client: Queries;
  /** Called before copying, and before what is set for the copying alone: `client` may be another one afterwards. */
  readyToCopy?(): Promise<void>;
  /** Stores the rows of a `COPY … TO STDOUT`. */
  copy(statement: string): Promise<StoredRows>;
}

export interface RowsContext {
  writer: Pick<CaptureWriter, 'store' | 'open'>;
  /** Called for every piece that was read. */
  onBytes(bytes: number): void;
  /** Limits what is read in a second, over all connections. */
  rate?: TokenBucket;
}

/** A connection of this thread that reads rows: for what cannot be asked of another one. */
export function readerHere(client: pg.Client, { writer, ...context }: RowsContext): RowsReader {
  return {
    client,
    copy: async (statement) => {
      const copy = await openCopy(client, statement);
      const content = await writer.store(metered(copy.bytes, context));
      return { rows: copy.rows(), content };
    },
  };
}

/** Whether the rows of the task's range are the base's, under the client's snapshot. */
export async function isUnchanged(client: Queries, task: SegmentTask, horizon: bigint): Promise<boolean> {
  const { rows } = await client.query<{ same: boolean }>(testStatement(task.of.source, task.range), [
    String(task.baseRows),
    String(horizon),
  ]);
  return rows[0]!.same;
}

/** The same for a range of a table that can only be the base's as a whole. */
export async function testRange(client: Queries, task: SegmentTask, horizon: bigint): Promise<RangeTest> {
  const statement = countStatement(task.of.source, task.range);
  const { rows } = await client.query<{ rows: string; old: boolean }>(statement, [String(horizon)]);
  return rows[0]!.old ? { rows: Number(rows[0]!.rows) } : 'changed';
}

/** Reads a range into the vault, and returns its entry. `encoding`: PostgreSQL's name of the database's. */
export async function readOut(reader: RowsReader, task: SegmentTask, encoding: string): Promise<SegmentEntry> {
  const { of, range } = task;
  const isPlanned = of.way !== 'in-one-piece';
  const statement = isPlanned ? copyStatement(of.source, range, encoding) : plainCopyStatement(of.source, encoding);
  const { rows, content } = await reader.copy(statement);
  // Another read, under the same snapshot: COPY gives no way to have both from one.
  const generatedDigest = hasGenerated(task) && isPlanned ? await readDigest(reader.client, task) : undefined;
  return {
    kind: 'segment',
    table: of.table,
    ...range,
    rows,
    ...(generatedDigest !== undefined && { generatedDigest }),
    content,
  };
}

/** Of a range without rows. */
export function emptyEntry(task: SegmentTask): SegmentEntry {
  const { of, range } = task;
  return {
    kind: 'segment',
    table: of.table,
    ...range,
    rows: 0,
    ...(hasGenerated(task) && { generatedDigest: '0' }),
    content: { ...NOTHING, chunks: [] },
  };
}

function hasGenerated({ of }: SegmentTask): boolean {
  return of.source.generated.length > 0;
}

/** Measured after the cut: what has no block now had no row then. */
export function isEmpty({ of }: SegmentTask): boolean {
  return of.source.isHeap && of.size.blocks === 0;
}

/**
 * Undefined when the server cannot say: a row's text may be longer than any text can be there, where COPY, which doubles
 * less, still manages. The client's transaction goes on.
 */
async function readDigest(client: Queries, { of, range }: SegmentTask): Promise<string | undefined> {
  await client.query('SAVEPOINT digest');
  try {
    const { rows } = await client.query<RowsDigest>(segmentDigestStatement(of.source, range));
    await client.query('RELEASE SAVEPOINT digest');
    return rows[0]!.digest;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT digest; RELEASE SAVEPOINT digest');
    return undefined;
  }
}

async function* metered(
  bytes: AsyncIterable<Buffer>,
  { onBytes, rate }: Pick<RowsContext, 'onBytes' | 'rate'>,
): AsyncIterable<Buffer> {
  for await (const buffer of bytes) {
    await rate?.take(buffer.length);
    onBytes(buffer.length);
    yield buffer;
  }
}
