import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import type { SegmentEntry } from '../../../src/vault/manifests/manifest-database.js';
import { query } from '../../harness/database.js';
import { PROJECT, quietly, RestoreFixture } from './restore-fixture.js';
import { openToLook } from '../../harness/restore-into.js';

const BLOCKS = 126;
const LONG = 60;
const SHORT = 462;
const MIB = 1024 * 1024;

const FINGERPRINT = `SELECT count(*)::int AS rows, md5(string_agg(i || x, ',' ORDER BY i)) AS rows_hash FROM wide`;

let fixture: RestoreFixture;

beforeEach(async () => {
  fixture = await RestoreFixture.create();
});
afterEach(() => fixture.remove());

it('restores a segment whose size hint is exactly its first chunk', async () => {
  const { address, files, vault } = fixture;
  // Long ones that compress well come first, six to a block; short ones that are stored as they are fill the others, four to a block.
  await query(
    address,
    `CREATE TABLE wide AS SELECT i, repeat('a', CASE WHEN i <= ${LONG} THEN 100000 ELSE 1900 END) AS x
       FROM generate_series(1, ${LONG + SHORT}) AS i`,
  );
  // Four times its blocks and a little is what the engine tells the vault to expect: one largest chunk.
  const size = `SELECT (pg_relation_size('wide') / 8192)::int AS blocks`;
  expect(await query(address, size)).toEqual([{ blocks: BLOCKS }]);
  expect(BLOCKS * 8192 * 4 + 64 * 1024).toBe(4 * MIB);
  const before = await query(address, FINGERPRINT);

  const snapshotId = randomUUID();
  await capture({ project: PROJECT, snapshotId, database: address, filestore: files }, vault, quietly);

  const segment = await largestSegment(snapshotId);
  expect(segment.content.chunks[0]).toMatchObject({ bytes: 4 * MIB });
  expect(await hashOf(segment)).toEqual({ bytes: segment.content.bytes, sha256: segment.content.sha256 });

  await query(address, `TRUNCATE wide`);
  const request = await fixture.request();
  const staged = await stage({ ...request, snapshotId }, vault, quietly);
  const shadow = await openToLook({ ...address, database: staged.database!.names.shadow });
  expect(await query(shadow, FINGERPRINT)).toEqual(before);
});

async function largestSegment(snapshotId: string): Promise<SegmentEntry> {
  const segments: SegmentEntry[] = [];
  for await (const entry of fixture.vault.readEntries(PROJECT, snapshotId)) {
    if (entry.kind === 'segment') segments.push(entry);
  }
  return segments.toSorted((a, b) => b.content.bytes - a.content.bytes)[0]!;
}

/** Of the chunks as they lie there, each by itself: what no hash of the whole has a say in. */
async function hashOf({ content }: SegmentEntry): Promise<{ bytes: number; sha256: string }> {
  const whole = createHash('sha256');
  let bytes = 0;
  for (const chunk of content.chunks) {
    const single = { bytes: chunk.bytes, sha256: chunk.id, chunks: [chunk] };
    for await (const buffer of fixture.vault.readContent(PROJECT, single)) {
      whole.update(buffer);
      bytes += buffer.length;
    }
  }
  return { bytes, sha256: whole.digest('hex') };
}
