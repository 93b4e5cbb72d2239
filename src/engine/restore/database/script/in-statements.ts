import { SqlScanner } from './sql-scanner.js';

/** Of statements that are sent together. */
const BATCH_BYTES = 256 * 1024;

/**
 * A script of `pg_restore --verbose`, cut where statements end, about a quarter of a megabyte at a time; a single statement may be
 * longer. What precedes the first entry and what follows the last semicolon is left out.
 */
export async function* inStatements(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let pending: Buffer[] = [];
  let pendingFrom = 0;
  let seen = 0;
  let lastEnd = 0;
  const scanner = new SqlScanner({
    onSemicolon: (to) => {
      lastEnd = to;
    },
  });
  for await (const bytes of fromFirstEntry(source)) {
    scanner.add(bytes);
    pending.push(bytes);
    seen += bytes.length;
    if (lastEnd - pendingFrom < BATCH_BYTES) continue;
    const all = Buffer.concat(pending);
    yield all.subarray(0, lastEnd - pendingFrom);
    pending = [all.subarray(lastEnd - pendingFrom)];
    pendingFrom = lastEnd;
  }
  if (lastEnd > pendingFrom) yield Buffer.concat(pending).subarray(0, lastEnd - pendingFrom);
}

const FIRST_ENTRY = Buffer.from('-- TOC entry ');

/** What comes before the first entry is for psql, or settings that a session of ours has already or a server may not know. */
async function* fromFirstEntry(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let before: Buffer | undefined = Buffer.alloc(0);
  for await (const bytes of source) {
    if (!before) {
      yield bytes;
      continue;
    }
    before = Buffer.concat([before, bytes]);
    const at = before.indexOf(FIRST_ENTRY);
    if (at < 0) continue;
    yield before.subarray(at);
    before = undefined;
  }
}
