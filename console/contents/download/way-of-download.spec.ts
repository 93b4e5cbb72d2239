import { expect, it } from 'vitest';
import { HELD_BYTES, wayOfDownload } from './way-of-download.js';

it('holds what is small, writes what is large where the browser can, and sends to the command line what it could not hold', () => {
  expect([wayOfDownload(0, true), wayOfDownload(1_000_000, false)]).toEqual(['held', 'held']);
  expect([wayOfDownload(100_000_000, true), wayOfDownload(100_000_000, false)]).toEqual(['written', 'held']);
  expect([wayOfDownload(HELD_BYTES + 1, true), wayOfDownload(HELD_BYTES + 1, false)]).toEqual(['written', 'elsewhere']);
});
