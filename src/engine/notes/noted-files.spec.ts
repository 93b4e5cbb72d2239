import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { FileEntry } from '../../vault/manifests/manifest.js';
import type { FileState } from '../filestore/reading/base-files.js';
import { FilesNoting, RestoredFiles } from './noted-files.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function stateOf(number: number): FileState {
  return { path: `utf8:f${number}`, size: 5, mtimeNs: '7', ctimeNs: String(1000 + number), inode: String(number) };
}

function entryOf({ path, size, mtimeNs }: FileState): FileEntry {
  const id = sha256(path);
  const content = { bytes: size, sha256: id, chunks: [{ id, bytes: size }] };
  return { kind: 'file', path, mode: 0o644, uid: 0, gid: 0, mtimeNs, content };
}

async function notesOf(files: readonly FileState[]): Promise<{ pages: Buffer[]; restored: RestoredFiles }> {
  const pages: Buffer[] = [];
  const noting = new FilesNoting({ page: async (_, page) => void pages.push(page) });
  for (const file of files) await noting.add(file);
  await noting.finish();
  const restored = await RestoredFiles.read({
    async *pages(part) {
      if (part === 'files') yield* pages;
    },
  });
  return { pages, restored };
}

it('finds a file that is what was noted, and none that differs from it in anything', async () => {
  const files = Array.from({ length: 9_000 }, (_, number) => stateOf(number));
  const { pages, restored } = await notesOf(files);
  expect(pages.length).toBe(3);
  for (const file of files) restored.add(entryOf(file));
  expect(restored.totals).toEqual({ files: 9_000, bytes: 45_000 });
  for (const file of files) {
    expect(restored.find(file)?.content.sha256).toBe(sha256(file.path));
    if (Number(file.inode) % 100 > 0) continue;
    for (const changed of [{ size: 6 }, { mtimeNs: '8' }, { ctimeNs: '1' }, { inode: '123456' }, { path: 'utf8:x' }])
      expect(restored.find({ ...file, ...changed })).toBeUndefined();
  }
});

it('finds nothing that was not noted, though the snapshot has it', async () => {
  const { restored } = await notesOf([stateOf(1)]);
  restored.add(entryOf(stateOf(1)));
  restored.add(entryOf(stateOf(2)));
  expect(restored.find(stateOf(1))).toBeDefined();
  expect(restored.find(stateOf(2))).toBeUndefined();
});

it('finds nothing where nothing was noted', async () => {
  const { restored } = await notesOf([]);
  restored.add(entryOf(stateOf(1)));
  expect(restored.find(stateOf(1))).toBeUndefined();
});
