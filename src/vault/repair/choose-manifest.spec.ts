import { describe, expect, it } from 'vitest';
import { chooseManifest, type ManifestCandidate } from './choose-manifest.js';

const candidate = (objectKey: string, facts: Partial<ManifestCandidate> = {}): ManifestCandidate => ({
  objectKey,
  bytes: 1,
  modifiedAt: new Date(0),
  whole: true,
  complete: true,
  createdAt: new Date(0),
  ...facts,
});

describe('choosing the manifest that counts', () => {
  const later = new Date(1000);

  it.each([
    ['a whole one rather than the published one', candidate('b'), candidate('a', { whole: false }), 'a'],
    ['the published one rather than a later one', candidate('a'), candidate('b', { createdAt: later }), 'a'],
    [
      'one whose chunks are there rather than a later one',
      candidate('a'),
      candidate('b', { complete: false, createdAt: later }),
      undefined,
    ],
    [
      'the later one by its header',
      candidate('a', { createdAt: later }),
      candidate('b', { modifiedAt: later }),
      undefined,
    ],
    ["the later one by the store's clock", candidate('a', { modifiedAt: later }), candidate('b'), undefined],
    ['one of two equals, always the same', candidate('b'), candidate('a'), undefined],
  ])('takes %s', (_, chosen, other, published) => {
    expect(chooseManifest([chosen, other], published)).toBe(chosen);
    expect(chooseManifest([other, chosen], published)).toBe(chosen);
  });
});
