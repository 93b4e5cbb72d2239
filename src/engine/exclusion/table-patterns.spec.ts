import { describe, expect, it } from 'vitest';
import { TablePatterns } from './table-patterns.js';

const names = (pattern: string, schema: string, name: string) =>
  new TablePatterns([pattern]).naming({ schema, name }).length > 0;

describe('patterns of tables', () => {
  it('name a table in any schema, or in those that a schema is written for', () => {
    expect(names('sessions', 'public', 'sessions')).toBe(true);
    expect(names('sessions', 'app', 'sessions')).toBe(true);
    expect(names('app.sessions', 'public', 'sessions')).toBe(false);
    expect(names('a?p.s*s', 'app', 'sessions')).toBe(true);
    expect(names('*.sessions', 'app', 'sessions')).toBe(true);
  });

  it('name nothing but what they say, letter for letter', () => {
    expect(names('sessions', 'public', 'Sessions')).toBe(false);
    expect(names('session', 'public', 'sessions')).toBe(false);
    expect(names('log_*', 'public', 'log')).toBe(false);
    expect(names('log_?', 'public', 'log_12')).toBe(false);
    expect(names('a+b', 'public', 'aab')).toBe(false);
    expect(names('?', 'public', '日')).toBe(true);
    expect(names('odd?name', 'public', 'odd.name')).toBe(true);
  });

  it('are found by their places', () => {
    const patterns = new TablePatterns(['a*', 'none', '*b']);
    expect(patterns.naming({ schema: 's', name: 'ab' })).toEqual([0, 2]);
  });

  it('take no longer for many stars', () => {
    const begun = performance.now();
    expect(names(`${'*a'.repeat(40)}b`, 'public', 'a'.repeat(63))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});
