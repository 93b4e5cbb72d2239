import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { FilestoreEntry } from '../../../src/engine/filestore/staging/verify-filestore.js';
import type { FileEntry } from '../../../src/vault/manifests/manifest.js';
import { describeTree } from '../../harness/compare-trees.js';
import { makeVault } from '../pack-vault/fixture.js';
import { collect, Scratch, silent } from './filestore-scratch.js';

const KIB = 1024;

it('a file with more holes than are remembered comes back all the same', { timeout: 60_000 }, async () => {
  const [project, snapshotId] = [randomUUID(), randomUUID()];
  const scratch = await Scratch.create();
  const place = await makeVault();
  try {
    const root = await scratch.directory('store');
    const blocks = 17_000;
    const file = openSync(`${root}/many`, 'w');
    for (let n = 0; n < blocks; n += 1) writeSync(file, Buffer.from(`block ${n}`), 0, 7, n * 8 * KIB);
    closeSync(file);
    await capture({ project, snapshotId, filestore: root }, place.vault, silent);
    const entries = (await collect(place.vault.readEntries(project, snapshotId))) as FilestoreEntry[];
    const many = entries.find((entry): entry is FileEntry => entry.kind === 'file')!;
    expect(many.sparse?.runs.length ?? 1).toBeLessThan(blocks);
    const directory = scratch.staged('restored');
    async function* staged() {
      yield* entries;
    }
    await stageFilestore({ directory, entries: staged(), contents: contentsOf(place.vault, project) }, silent);
    expect(await describeTree(directory)).toEqual(await describeTree(root));
  } finally {
    await place.remove();
    await scratch.remove();
  }
});
