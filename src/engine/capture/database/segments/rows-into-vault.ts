import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { SegmentEntry } from '../../../../vault/manifests/manifest-database.js';
import type { TokenBucket } from '../../../../vault/backend/wrappers/token-bucket.js';
import { SizeHint } from '../../../../vault/size-hint.js';
import type { CaptureWriter } from '../../../../vault/vault.js';
import { openCopy } from '../../../postgres/copy/open-copy.js';
import { isRefusal } from '../../../postgres/connection/postgres-errors.js';
import type { RowsDigest } from '../../../postgres/sql/rows-digest.js';
import { bytesInRange } from './segment-plan.js';
import {
  copyStatement,
  countStatement,
  plainCopyStatement,
  segmentDigestStatement,
  testStatement,
} from './segment-statements.js';
import type { RangeTest } from './whole-table.js';
import type { SegmentTask } from './segment-tasks.js';

/** How much longer than the rows in their blocks their text is at most, usually: compressed values are longer. */
const TEXT_SHARE = 4;
const SMALL_TEXT_BYTES = 64 * 1024;

const NOTHING = { bytes: 0, sha256: createHash('sha256').digest('hex'), chunks: [] };

export interface SegmentContext {
  writer: Pick<CaptureWriter, 'store'>;
  /** PostgreSQL's name of the database's encoding. */
  encoding: string;
  /** Called for every piece that was read. */
  onBytes(bytes: number): void;
  /** Limits what is read in a second, over all connections. */
  rate?: TokenBucket;
}

/** Whether the rows of the task's range are the base's, under the client's snapshot. */
export async function isUnchanged(client: pg.Client, task: SegmentTask, horizon: bigint): Promise<boolean> {
  const { rows } = await client.query<{ same: boolean }>(testStatement(task.of.source, task.range), [
    String(task.baseRows),
    String(horizon),
  ]);
  return rows[0]!.same;
}

/** The same for a range of a table that can only be the base's as a whole. */
export async function testRange(client: pg.Client, task: SegmentTask, horizon: bigint): Promise<RangeTest> {
  const statement = countStatement(task.of.source, task.range);
  const { rows } = await client.query<{ rows: string; old: boolean }>(statement, [String(horizon)]);
  return rows[0]!.old ? { rows: Number(rows[0]!.rows) } : 'changed';
}

/** Reads a range into the vault, and returns its entry. */
export async function readOut(client: pg.Client, task: SegmentTask, context: SegmentContext): Promise<SegmentEntry> {
  const { of, range } = task;
  const entry = { kind: 'segment' as const, table: of.table, ...range };
  const hasGenerated = of.source.generated.length > 0;
  if (isEmpty(task)) {
    return { ...entry, rows: 0, ...(hasGenerated && { generatedDigest: '0' }), content: { ...NOTHING, chunks: [] } };
  }
  const isPlanned = of.way !== 'in-one-piece';
  const statement = isPlanned
    ? copyStatement(of.source, range, context.encoding)
    : plainCopyStatement(of.source, context.encoding);
  const copy = await openCopy(client, statement);
  const hint = SizeHint.ofBytes(bytesInRange(of.size, range) * TEXT_SHARE + SMALL_TEXT_BYTES);
  const content = await context.writer.store(metered(copy.bytes, context), hint);
  // Another read, under the same snapshot: COPY gives no way to have both from one.
  const generatedDigest = hasGenerated && isPlanned ? await readDigest(client, task) : undefined;
  return { ...entry, rows: copy.rows(), ...(generatedDigest !== undefined && { generatedDigest }), content };
}

/** Measured after the cut: what has no block now had no row then. */
export function isEmpty({ of }: SegmentTask): boolean {
  return of.source.isHeap && of.size.blocks === 0;
}

/**
 * Undefined when the server cannot say: a row's text may be longer than any text can be there, where COPY, which doubles
 * less, still manages. The client's transaction goes on.
 */
async function readDigest(client: pg.Client, { of, range }: SegmentTask): Promise<string | undefined> {
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

async function* metered(bytes: AsyncIterable<Buffer>, { onBytes, rate }: SegmentContext): AsyncIterable<Buffer> {
  for await (const buffer of bytes) {
    await rate?.take(buffer.length);
    onBytes(buffer.length);
    yield buffer;
  }
}
