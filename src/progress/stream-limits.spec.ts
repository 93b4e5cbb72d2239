import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../auth/caller.js';
import { StreamLimits } from './stream-limits.js';

let limits: StreamLimits;
beforeEach(() => {
  limits = new StreamLimits({ caller: 2, organization: 3, process: 4 });
});

const enter = (subject: string, organization = 'acme'): (() => void) =>
  limits.enter({ subject, organization } as Caller);

describe('StreamLimits', () => {
  it('count for a caller, for its organization and for all', () => {
    enter('a');
    enter('a');
    expect(() => enter('a')).toThrow('The caller has 2 progress streams open');
    enter('b');
    expect(() => enter('c')).toThrow('The organization has 3 progress streams open');
    enter('a', 'globex');
    expect(() => enter('a', 'initech')).toThrow('The service has 4 progress streams open');
    expect(() => enter('a', 'initech')).toThrow(expect.objectContaining({ status: 429, retryAfterSeconds: 10 }));
  });

  it('forget who has left, once however often it is said', () => {
    const leave = enter('a');
    enter('a');
    leave();
    leave();
    enter('a');
    expect(() => enter('a')).toThrow('The caller has 2');
  });

  it('take nobody for somebody else whose names are joined alike', () => {
    enter('b","c', 'a');
    enter('b","c', 'a');
    enter('c', 'a","b');
    enter('c', 'a","b');
    expect(() => enter('d', 'x')).toThrow('The service has 4');
  });
});
