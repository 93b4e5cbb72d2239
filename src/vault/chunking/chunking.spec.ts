import { createHash } from 'node:crypto';
import { assert, constantFrom, integer, oneof, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHUNKER_SETTINGS, parseChunkerSettings } from './chunker-settings.js';
import { FastCdc } from './fastcdc.js';
import { makeGearTable } from './gear-table.js';

const SMALL = { ...DEFAULT_CHUNKER_SETTINGS, minBytes: 256, avgBytes: 1024, maxBytes: 4096 };
const cdc = new FastCdc(SMALL);

/** Computed by another program, from the comments alone. */
const GEAR = [542679934, -2006909396, 1306830658];
const CUTS = [1170, 1070, 1419, 1100, 1353, 1079];

/** The same bytes in each run, without any pattern: SHA-256 of a counter. */
function noise(bytes: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, block) =>
    createHash('sha256').update(`${seed} ${block}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

function chunksOf(data: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0, end; start < data.length; start = end) {
    end = cdc.findCut(data, start, data.length);
    chunks.push(data.subarray(start, end));
  }
  return chunks;
}
const idsOf = (chunks: readonly Buffer[]): Set<string> => new Set(chunks.map((chunk) => chunk.toString('base64')));

describe('chunking', () => {
  const data = noise(200_000, 'data');

  it('gives the bytes back, in chunks within the bounds, around the average', () => {
    const chunks = chunksOf(data);
    expect(Buffer.concat(chunks).equals(data)).toBe(true);
    for (const chunk of chunks.slice(0, -1)) {
      expect(chunk.length).toBeGreaterThan(SMALL.minBytes);
      expect(chunk.length).toBeLessThanOrEqual(SMALL.maxBytes);
    }
    const mean = data.length / chunks.length;
    expect(mean).toBeGreaterThan(0.7 * SMALL.avgBytes);
    expect(mean).toBeLessThan(1.6 * SMALL.avgBytes);
  });

  it('is certain of a cut exactly when no bytes that follow could move it', () => {
    const contents = constantFrom(data, Buffer.alloc(3 * SMALL.maxBytes), Buffer.concat([Buffer.alloc(3000), data]));
    const bounds = constantFrom(SMALL.minBytes, SMALL.avgBytes, SMALL.maxBytes, 2 * SMALL.maxBytes);
    const length = oneof(integer({ min: 0, max: 2 * SMALL.maxBytes }), bounds);
    assert(
      property(contents, tuple(integer({ min: 0, max: 2000 }), length), (content, [start, known]) => {
        const end = Math.min(content.length, start + known);
        const cut = cdc.findCertainCut(content, start, end);
        expect(cdc.findCut(content, start, end)).toBe(cut ?? end);
        for (const more of [data, Buffer.alloc(SMALL.maxBytes), Buffer.alloc(0)]) {
          const longer = Buffer.concat([content.subarray(0, end), more]);
          const found = cdc.findCut(longer, start, longer.length);
          expect(cut === undefined ? found >= end : found === cut).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('changes only the chunks around an insertion', () => {
    const before = idsOf(chunksOf(data));
    for (const at of [0, 1, 33_333, 150_000, data.length]) {
      const changed = Buffer.concat([data.subarray(0, at), Buffer.from('inserted'), data.subarray(at)]);
      const fresh = [...idsOf(chunksOf(changed))].filter((id) => !before.has(id));
      expect(fresh.length).toBeLessThanOrEqual(6);
    }
  });

  it('cuts data without any variety at the maximum', () => {
    expect(chunksOf(Buffer.alloc(10_000)).map((chunk) => chunk.length)).toEqual([4096, 4096, 1808]);
  });

  it('never changes how it cuts: stored vaults depend on it', () => {
    expect([...makeGearTable('00').subarray(0, 3)]).toEqual(GEAR);
    expect(
      chunksOf(data)
        .slice(0, 6)
        .map((chunk) => chunk.length),
    ).toEqual(CUTS);
  });

  it('cuts elsewhere under another seed', () => {
    const other = new FastCdc({ ...SMALL, seed: '01' });
    expect(other.findCut(data, 0, data.length)).not.toBe(cdc.findCut(data, 0, data.length));
  });

  it('refuses settings it could not honour, naming the field', () => {
    const asStored = JSON.parse(JSON.stringify(DEFAULT_CHUNKER_SETTINGS)) as object;
    expect(parseChunkerSettings(asStored)).toEqual(DEFAULT_CHUNKER_SETTINGS);
    expect(() => parseChunkerSettings(null)).toThrow(/object/);
    expect(() => parseChunkerSettings({ ...asStored, algorithm: 'rabin' })).toThrow(/algorithm/);
    expect(() => parseChunkerSettings({ ...asStored, avgBytes: 1_000_000 })).toThrow(/avgBytes/);
    expect(() => parseChunkerSettings({ ...asStored, minBytes: '1' })).toThrow(/minBytes/);
    expect(() => parseChunkerSettings({ ...asStored, maxBytes: 1024 })).toThrow(/bounds/);
    expect(() => parseChunkerSettings({ ...asStored, seed: 'x' })).toThrow(/seed/);
  });
});
