import { expect, it } from 'vitest';
import { octal, permissions } from './permissions.js';

it.each([
  [0o644, 'rw-r--r--', '0644'],
  [0o750, 'rwxr-x---', '0750'],
  [0o4755, 'rwsr-xr-x', '4755'],
  [0o2640, 'rw-r-S---', '2640'],
  [0o1777, 'rwxrwxrwt', '1777'],
  [0o1000, '--------T', '1000'],
  [0, '---------', '0000'],
])('writes %o as ls and chmod do', (mode, letters, digits) => {
  expect([permissions(mode), octal(mode)]).toEqual([letters, digits]);
});
