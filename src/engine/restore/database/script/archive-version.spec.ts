import { describe, expect, it } from 'vitest';
import { oldestReader } from './archive-version.js';

const beginning = (major: number, minor: number) => Buffer.from([...Buffer.from('PGDMP'), major, minor, 0, 4, 8]);

describe('the oldest pg_restore for an archive', () => {
  it.each([
    ['of pg_dump 14 or 15', 1, 14, 0],
    ['of pg_dump 16', 1, 15, 16],
    ['of pg_dump 17 or 18', 1, 16, 17],
    ['of a version that is not known yet', 1, 17, 17],
    ['of another format altogether', 2, 0, 17],
  ])('%s', (_, major, minor, oldest) => {
    expect(oldestReader(beginning(major, minor))).toBe(oldest);
  });

  it.each(['', 'PGDM', '-- PostgreSQL database dump'])('is not asked for where there is none: "%s"', (text) => {
    expect(() => oldestReader(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'snapshot-damaged' }));
  });
});
