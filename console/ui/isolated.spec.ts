import { expect, it } from 'vitest';
import { isolated } from './isolated.js';

it('keeps to itself what turns the direction of text, and leaves all else as it is', () => {
  expect(isolated('before 17.0 – größer')).toBe('before 17.0 – größer');
  expect(isolated('\u202egnp.exe')).toBe('\u2068\u202egnp.exe\u2069');
  expect(isolated('שלום')).toBe('\u2068שלום\u2069');
});
