import { hash } from 'node:crypto';
import { Turns } from '../concurrency/turns.js';

/** Rows that are in one of two sets of them only; of those with a key that is in both, how many are other rows. */
export interface RowCounts {
  added: number;
  removed: number;
  changed: number;
}

/** Long enough that no two different rows are taken for the same. */
const DIGEST_BYTES = 16;
const [NEWLINE, TAB] = [0x0a, 0x09];

/**
 * Counts what has changed between two sets of rows in the text form of `COPY`, in any order. `key`: the places of the columns by which a row is known;
 * without them a row that has changed is one removed and one added. Holds a key and a digest of each row of `before`. Rejects as the sources do.
 */
export async function countRowChanges(
  before: AsyncIterable<Buffer>,
  after: AsyncIterable<Buffer>,
  key: readonly number[] | undefined,
): Promise<RowCounts> {
  const counts: RowCounts = { added: 0, removed: 0, changed: 0 };
  if (key === undefined) {
    const left = new Map<string, number>();
    for await (const row of rowsIn(before)) add(left, digestOf(row), 1);
    for await (const row of rowsIn(after)) if (!take(left, digestOf(row))) counts.added += 1;
    counts.removed = [...left.values()].reduce((sum, count) => sum + count, 0);
    return counts;
  }
  const left = new Map<string, string>();
  for await (const row of rowsIn(before)) left.set(keyOf(row, key), digestOf(row));
  for await (const row of rowsIn(after)) {
    const id = keyOf(row, key);
    const was = left.get(id);
    if (was === undefined) counts.added += 1;
    else if (was !== digestOf(row)) counts.changed += 1;
    left.delete(id);
  }
  counts.removed = left.size;
  return counts;
}

async function* rowsIn(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  const turns = new Turns();
  for await (const buffer of source) {
    const bytes = rest.length === 0 ? buffer : Buffer.concat([rest, buffer]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    await turns.pass();
  }
}

/** The text of the columns, as it stands there: in it tabs and line ends are written otherwise. */
function keyOf(row: Buffer, places: readonly number[]): string {
  const starts = [0];
  const last = Math.max(...places);
  for (let tab = row.indexOf(TAB); tab !== -1 && starts.length <= last + 1; tab = row.indexOf(TAB, tab + 1)) {
    starts.push(tab + 1);
  }
  const column = (place: number) => row.toString('latin1', starts[place], (starts[place + 1] ?? row.length + 1) - 1);
  return places.map(column).join('\t');
}

function digestOf(row: Buffer): string {
  return hash('sha256', row, 'binary').slice(0, DIGEST_BYTES);
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function take(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key);
  if (count === undefined) return false;
  if (count === 1) counts.delete(key);
  else counts.set(key, count - 1);
  return true;
}
