import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChild } from './child-process.js';
import { MUCH_LATER_MS, never, noise, PROJECT, readSnapshot, takeSnapshot, VaultFixture } from './vault-fixture.js';

describe('kill -9', () => {
  let fixture: VaultFixture;
  const kept = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`kept-${at}`, noise(500)]));

  beforeEach(async () => {
    fixture = await VaultFixture.create();
    await takeSnapshot(fixture.vault, 'kept', kept);
  });

  afterEach(async () => {
    await fixture.remove();
  });

  /** After everything that died counts as dead: nothing is left but what the snapshots need. */
  async function expectClean(): Promise<void> {
    const later = fixture.open({ now: () => Date.now() + MUCH_LATER_MS });
    const { liveChunks } = await later.collect(PROJECT, { signal: never });
    expect(await fixture.files('objects')).toHaveLength(liveChunks);
    expect(await readdir(fixture.path('incoming'))).toEqual([]);
    expect(await fixture.files('condemned')).toEqual([]);
    expect(await readSnapshot(fixture.vault, 'kept')).toEqual(kept);
  }

  it('in the middle of a capture leaves no snapshot, and nothing that a collection does not remove', async () => {
    const child = startChild('capture.ts', [fixture.root, 'killed', '50', 'hang']);
    await child.said('stored');
    await child.kill();
    await expect(fixture.vault.readHeader(PROJECT, 'killed')).rejects.toMatchObject({ code: 'manifest-missing' });
    expect((await fixture.files('objects')).length).toBeGreaterThan(80);
    // Nobody knows yet that it is dead.
    await fixture.vault.collect(PROJECT, { signal: never });
    expect(await readdir(fixture.path('incoming'))).toHaveLength(1);
    await expectClean();
    expect(await fixture.files('objects')).toHaveLength(40);
  });

  it('at any instant of a capture leaves the whole snapshot or none', async () => {
    for (let kill = 0; kill < 4; kill++) {
      const snapshotId = `killed-${kill}`;
      const child = startChild('capture.ts', [fixture.root, snapshotId, '100']);
      await child.said('begun');
      await pause(Math.random() * 200);
      await child.kill();
      const published = existsSync(fixture.manifest(snapshotId));
      const files = published ? Object.keys(await readSnapshot(fixture.vault, snapshotId)) : [];
      expect([0, 100]).toContain(files.length);
      expect(files.length > 0).toBe(published);
    }
    await expectClean();
  });

  it('at any instant of a collection leaves every snapshot whole', async () => {
    const garbage = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`${at}`, Buffer.from(`garbage ${at}`)]));
    for (let kill = 0; kill < 4; kill++) {
      await takeSnapshot(fixture.vault, 'dropped', garbage);
      await fixture.vault.deleteManifest(PROJECT, 'dropped');
      const child = startChild('collect.ts', [fixture.root]);
      await child.said('begun');
      await pause(Math.random() * 50);
      await child.kill();
      expect(await readSnapshot(fixture.vault, 'kept')).toEqual(kept);
    }
    await expectClean();
  });
});
