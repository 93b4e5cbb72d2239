import { createCipheriv, hash } from 'node:crypto';
import { array, assert, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceOf } from '../../../src/vault/backend/object-source.js';
import { DEFAULT_CHUNKER_SETTINGS, type ChunkerSettings } from '../../../src/vault/chunking/chunker-settings.js';
import { newFormat, printFormat } from '../../../src/vault/format/format-file.js';
import { FORMAT_KEY } from '../../../src/vault/format/object-keys.js';
import { arenaBytes } from '../../../src/vault/packing/arena.js';
import { MOST_PACK_BYTES } from '../../../src/vault/packing/divide-budget.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { collect, makeVault, newId, type VaultFixture } from './fixture.js';
import { sampleOf, usually } from '../../harness/thorough.js';

const MIB = 1024 * 1024;
const SMALL: ChunkerSettings = { ...DEFAULT_CHUNKER_SETTINGS, minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

/** Zeros are cut at the maximum, noise wherever it happens to be. */
type Kind = 'zeros' | 'noise';

interface Case {
  kind: Kind;
  bytes: number;
  /** Sizes of the buffers in which it arrives, over and over. */
  buffers: readonly number[];
}

let fixture: VaultFixture;
const project = newId();

afterAll(() => fixture.remove());

/** A vault that cuts as it is told to. */
async function makeVaultOf(chunker: ChunkerSettings): Promise<void> {
  fixture = await makeVault();
  await fixture.backend.put(FORMAT_KEY, sourceOf(printFormat({ ...newFormat(), chunker })));
}

/** The same bytes in each run, without any pattern. */
const NOISE = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)).update(Buffer.alloc(21 * MIB));
const ZEROS = Buffer.alloc(21 * MIB);

function contentOf({ kind, bytes }: Case): Buffer {
  return (kind === 'zeros' ? ZEROS : NOISE).subarray(0, bytes);
}

async function* arriving(whole: Buffer, buffers: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const length = buffers[turn % buffers.length]!;
    yield Buffer.from(whole.subarray(at, at + length));
    at += length;
  }
}

/** Stores all at a time, publishes, and says what is wrong with what comes back. */
async function wrongOnes(cases: readonly Case[]): Promise<string[]> {
  const snapshotId = newId();
  const { vault } = fixture;
  const writer = await vault.beginCapture(project, { snapshotId, createdAt: new Date().toISOString(), tools: {} });
  await Promise.all(
    cases.map(async (one, index) => {
      const content = await writer.store(arriving(contentOf(one), one.buffers));
      await writer.add({
        kind: 'file',
        path: `utf8:${index}`,
        mode: 0,
        uid: 0,
        gid: 0,
        mtimeNs: '0',
        content,
      });
    }),
  );
  await writer.publish();
  const wrong: string[] = [];
  for await (const entry of fixture.anotherVault().readEntries(project, snapshotId)) {
    if (entry.kind !== 'file') continue;
    const one = cases[Number(entry.path.slice('utf8:'.length))]!;
    const why = await whatIsWrong(one, entry.content);
    if (why !== undefined) wrong.push(`${JSON.stringify(one)}: ${why}`);
  }
  return wrong;
}

async function whatIsWrong(one: Case, content: ContentRef): Promise<string | undefined> {
  const whole = contentOf(one);
  if (content.bytes !== whole.length) return `${content.bytes} bytes`;
  if (content.chunks.reduce((sum, { bytes }) => sum + bytes, 0) !== whole.length) return 'its chunks have another sum';
  if (content.sha256 !== hash('sha256', whole)) return `SHA-256 ${content.sha256}`;
  try {
    const back = await collect(fixture.vault.readContent(project, content));
    return back.equals(whole) ? undefined : 'other bytes came back';
  } catch (error) {
    return String(error);
  }
}

/** Right at each of these, one less and one more. */
function around(...sizes: number[]): number[] {
  return [...new Set(sizes.flatMap((size) => [size - 1, size, size + 1]))].filter((size) => size >= 0);
}

describe(
  'whatever size a content has and however it arrives, a vault names it by its bytes',
  { timeout: 120_000 },
  () => {
    const { minBytes, avgBytes, maxBytes } = SMALL;
    const sizes = around(0, minBytes, avgBytes, maxBytes, 2 * maxBytes, 3 * maxBytes);

    beforeAll(() => makeVaultOf(SMALL));

    it('at every boundary of a chunk, for content that is cut there', async () => {
      const cases = sizes.flatMap((bytes) =>
        [maxBytes, maxBytes - 1, bytes + 1].map((buffer): Case => ({ kind: 'zeros', bytes, buffers: [buffer] })),
      );
      expect(await wrongOnes(cases)).toEqual([]);
    });

    it('at the end of each chunk, wherever that is', async () => {
      const cases: Case[] = [];
      for (let bytes = minBytes; bytes <= 3 * maxBytes; bytes += usually(331, 97)) {
        cases.push({ kind: 'noise', bytes, buffers: [bytes] });
      }
      for (const bytes of around(...(await endsOfChunks(cases.at(-1)!)))) {
        cases.push({ kind: 'noise', bytes, buffers: [bytes] });
      }
      expect(await wrongOnes(cases)).toEqual([]);
    });

    it('at the end of the memory that contents are read into', async () => {
      const memory = arenaBytes(maxBytes);
      const cases = around(memory, 2 * memory).flatMap((bytes) =>
        (['zeros', 'noise'] as const).map((kind): Case => ({ kind, bytes, buffers: [MIB] })),
      );
      expect(await wrongOnes(cases)).toEqual([]);
    });

    it('for random sizes and buffers', async () => {
      const size = oneof(constantFrom(...sizes), integer({ min: 0, max: 4 * maxBytes }));
      const buffers = array(oneof(constantFrom(...sizes.slice(2)), integer({ min: 1, max: 9000 })), {
        minLength: 1,
        maxLength: 4,
      });
      const one = record({ kind: constantFrom<Kind>('zeros', 'noise'), bytes: size, buffers });
      await assert(
        asyncProperty(array(one, { minLength: 1, maxLength: 12 }), async (cases) => {
          expect(await wrongOnes(cases)).toEqual([]);
        }),
        { numRuns: usually(8, 25) },
      );
    });

    async function endsOfChunks(one: Case): Promise<number[]> {
      const header = { snapshotId: newId(), createdAt: new Date().toISOString(), tools: {} };
      const writer = await fixture.vault.beginCapture(project, header);
      const { chunks } = await writer.store(arriving(contentOf(one), one.buffers));
      await writer.discard();
      expect(chunks.length).toBeGreaterThan(2);
      let end = 0;
      return chunks.map(({ bytes }) => (end += bytes));
    }
  },
);

describe('with the chunks that vaults have', { timeout: 120_000 }, () => {
  const { maxBytes } = DEFAULT_CHUNKER_SETTINGS;

  beforeAll(async () => {
    await fixture.remove();
    await makeVaultOf(DEFAULT_CHUNKER_SETTINGS);
  });

  it.each([
    ['a small file', MIB],
    ['a largest chunk', maxBytes],
    ['two of them', 2 * maxBytes],
    ['a pack', MOST_PACK_BYTES],
  ])('%s, one byte less and one more, is what was stored', async (_, size) => {
    const cases = around(size).map((bytes): Case => ({
      kind: bytes > 2 * maxBytes ? 'noise' : 'zeros',
      bytes,
      buffers: [MIB],
    }));
    expect(await wrongOnes(sampleOf(cases, 2))).toEqual([]);
  });
});
