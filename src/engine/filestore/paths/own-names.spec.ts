import { expect, it } from 'vitest';
import { stagedDirectoryName } from './enclosure.js';
import { isOfFileSystem, isOwnName } from './own-names.js';

const id = '0198c0de-0000-7000-8000-00000000002a';

it('what is built inside of a mount point has a name that is known for ours', () => {
  const [enclosure] = stagedDirectoryName('/srv/data', id, '/srv/data').split('/').slice(-2);
  expect(isOwnName(Buffer.from(enclosure!))).toBe(true);
});

it.each([`.probe.snapback-${id}`, `.snapback-probe-${id}`, '.snapback-probe-clock-aB3xY9'])('%s is ours', (name) => {
  expect(isOwnName(Buffer.from(name))).toBe(true);
});

it.each([
  '.snapback',
  '.this-mount.snapback-',
  `.this-mount.snapback-${id}.txt`,
  `x.this-mount.snapback-${id}`,
  `this-mount.snapback-${id}`,
  `.mount.snapback-${id}`,
  `.shop.snapback-${id}`,
  '.snapback-probe-clock-aB3xY9z',
])('%s is the application’s', (name) => {
  expect(isOwnName(Buffer.from(name))).toBe(false);
});

it('lost+found is the file system’s where it has the inode that it is made with, and the application’s anywhere else', () => {
  expect(isOfFileSystem(Buffer.from('lost+found'), 11n)).toBe(true);
  expect(isOfFileSystem(Buffer.from('lost+found'), 12n)).toBe(false);
  expect(isOfFileSystem(Buffer.from('uploads'), 11n)).toBe(false);
});
