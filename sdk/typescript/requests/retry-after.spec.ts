import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2030-01-01T12:00:00Z');
const asked = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), NOW);

describe('the pause before the next attempt', () => {
  it.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '100000' }, 60_000],
    [{ 'retry-after': 'Tue, 01 Jan 2030 12:00:05 GMT' }, 5000],
    [{ 'retry-after': 'Tue, 01 Jan 2030 11:00:05 GMT', date: 'Tue, 01 Jan 2030 11:00:00 GMT' }, 5000],
    [{ 'retry-after': 'Tue, 01 Jan 2030 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('is what %j asks for', (headers, ms) => {
    expect(asked(headers)).toBe(ms);
  });

  it('grows from one failure to the next, up to a bound, and is not the same for all', () => {
    const pauses = Array.from({ length: 12 }, (_, at) => backoffMs(at + 1, () => 0.5));
    expect(pauses.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(pauses.at(-1)).toBe(8000);
    expect([backoffMs(1, () => 0), backoffMs(1, () => 1)]).toEqual([187.5, 312.5]);
  });
});
