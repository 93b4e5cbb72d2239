import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerOf, never, noise, PROJECT, readSnapshot, storeFiles, VaultFixture } from './vault-fixture.js';

const CAPTURERS = 4;
const COLLECTORS = 2;
/** So many chunks have been condemned and deleted beside captures; most of what is condemned is put back. */
const ENOUGH = 25;
const AT_MOST_MS = 20_000;
const AHEAD_MS = 10 * 60_000;

describe('captures, deletions and collections all at once', () => {
  let fixture: VaultFixture;

  beforeAll(async () => {
    fixture = await VaultFixture.create();
  });

  afterAll(async () => {
    await fixture.remove();
  });

  it('never cost a published snapshot a chunk, even with clocks that lie', async () => {
    const pool = Array.from({ length: 40 }, (_, at) => noise(100 + at));
    let published = 0;
    let removed = 0;
    const until = Date.now() + AT_MOST_MS;
    const goingOn = () => removed < ENOUGH && Date.now() < until;
    // Always ahead: what is being written and touched looks older than the captures under way, and is moved.
    const liar = () => Date.now() + Math.random() * (AHEAD_MS / 2);

    /** Takes snapshots of a changing selection of the same contents, and deletes each after some more. */
    const capturer = async (number: number): Promise<void> => {
      const vault = fixture.open({ now: liar });
      const kept: string[] = [];
      for (let round = 0; goingOn(); round++) {
        const snapshotId = `churn-${number}-${round}`;
        const chosen = [noise(50), ...pool.filter(() => Math.random() < 0.2)];
        const files = Object.fromEntries(chosen.map((bytes, at) => [`${at}`, bytes]));
        const capture = await vault.beginCapture(PROJECT, headerOf(snapshotId));
        await storeFiles(capture, files);
        await capture.publish();
        published += 1;
        kept.push(snapshotId);
        for (const id of kept) await readSnapshot(vault, id);
        expect(await readSnapshot(vault, snapshotId)).toEqual(files);
        if (kept.length > 1) await vault.deleteManifest(PROJECT, kept.shift() ?? '');
      }
    };
    const collector = async (): Promise<void> => {
      // Minus: also what has just been written counts as old.
      const vault = fixture.open({ graceMs: -AHEAD_MS });
      while (goingOn()) {
        const report = await vault.collect(PROJECT, { signal: never });
        removed += report.removedObjects;
      }
    };
    await Promise.all([
      ...Array.from({ length: CAPTURERS }, (_, number) => capturer(number)),
      ...Array.from({ length: COLLECTORS }, collector),
    ]);

    // It was worth watching.
    expect(published).toBeGreaterThan(CAPTURERS);
    expect(removed).toBeGreaterThanOrEqual(ENOUGH);
    const left = await fixture.open({ graceMs: -AHEAD_MS }).collect(PROJECT, { signal: never });
    expect(await fixture.files('objects')).toHaveLength(left.liveChunks);
    expect(await fixture.files('condemned')).toEqual([]);
    for (const file of await fixture.files('manifests')) {
      await readSnapshot(fixture.vault, basename(file, '.jsonl.zst'));
    }
  });
});
