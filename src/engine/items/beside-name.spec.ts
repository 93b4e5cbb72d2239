import { expect, it } from 'vitest';
import { besideName } from './beside-name.js';

const AT = new Date('2026-11-30T21:05:00.123Z');

it('says that it was restored, and when', () => {
  expect(besideName(Buffer.from('plan.pdf'), AT).toString()).toBe('plan.pdf.restored-20261130T210500Z');
});

it('is never longer than file systems allow, and cuts no character in half', () => {
  const name = besideName(Buffer.from('ü'.repeat(127)), AT);
  expect(name.length).toBeLessThanOrEqual(255);
  expect(name.toString()).toMatch(/^ü+\.restored-20261130T210500Z$/);
});

it('leaves bytes that are no text as they are', () => {
  expect(besideName(Buffer.from([0xff, 0x41]), AT).subarray(0, 2)).toEqual(Buffer.from([0xff, 0x41]));
});
