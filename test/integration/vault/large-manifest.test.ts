import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChild } from './child-process.js';
import { VaultFixture } from './vault-fixture.js';

/** Megabytes. The entries alone, held in memory as objects, would need several times as much. */
const HEAP = 24;
const ENTRIES = 100_000;

describe('a manifest of 100,000 files', () => {
  let fixture: VaultFixture;

  beforeAll(async () => {
    fixture = await VaultFixture.create();
  });

  afterAll(async () => {
    await fixture.remove();
  });

  it('is written and read in a heap that could not hold it', async () => {
    const child = startChild('large-manifest.ts', [fixture.root, `${ENTRIES}`], [`--max-old-space-size=${HEAP}`]);
    expect(JSON.parse(await child.finished())).toEqual({ written: ENTRIES, read: ENTRIES });
  });
});
