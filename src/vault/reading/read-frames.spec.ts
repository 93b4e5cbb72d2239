import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFrames } from './read-frames.js';

const MIB = 1024 * 1024;
const BYTES = Buffer.from(Array.from({ length: 6 * MIB }, (_, n) => n % 251));

let directory: string;
let file: number;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'snapback-read-frames-'));
  writeFileSync(join(directory, 'pack'), BYTES);
  file = openSync(join(directory, 'pack'), 'r');
});

afterAll(() => {
  closeSync(file);
  rmSync(directory, { recursive: true });
});

/** The parts that were handed over, by their offset, when their bytes were the right ones. */
function taken(...parts: readonly { offset: number; storedBytes: number; from?: number }[]): number[] {
  const offsets: number[] = [];
  readFrames(
    parts.map(({ from = file, ...task }) => ({ file: from, task })),
    ({ task: { offset, storedBytes } }, bytes) => {
      if (bytes.equals(BYTES.subarray(offset, offset + storedBytes))) offsets.push(offset);
    },
  );
  return offsets;
}

it('gives every part its own bytes, those that lie side by side from one reading, large ones too', () => {
  const parts = [
    { offset: 300, storedBytes: 100 },
    { offset: 0, storedBytes: 5 * MIB },
    { offset: 100, storedBytes: 200 },
    { offset: 5 * MIB, storedBytes: 10 },
  ];
  expect(taken(...parts).toSorted((a, b) => a - b)).toEqual([0, 100, 300, 5 * MIB]);
});

it('leaves out what the file does not have, and what cannot be read', () => {
  const cutOff = { offset: 6 * MIB - 10, storedBytes: 20 };
  const closed = { offset: 0, storedBytes: 10, from: 1_000_000 };
  expect(taken({ offset: 6 * MIB - 100, storedBytes: 90 }, cutOff, closed)).toEqual([6 * MIB - 100]);
});
