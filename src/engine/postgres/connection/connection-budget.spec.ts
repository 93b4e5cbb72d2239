import { describe, expect, it } from 'vitest';
import { connectionsFor } from './connection-budget.js';

describe('the connections of a job', () => {
  it.each([
    ['all of the number where nobody else is', { limit: 8, inUse: 0, free: 100 }, 8],
    ['what the other jobs of this process have left', { limit: 8, inUse: 5, free: 100 }, 3],
    ['one, where they have left nothing', { limit: 8, inUse: 8, free: 100 }, 1],
    ['half of what is free on the server', { limit: 64, inUse: 0, free: 11 }, 5],
    ['one, where the server is full: it says so itself', { limit: 8, inUse: 0, free: 0 }, 1],
    ['one, where there are more than the server counts', { limit: 8, inUse: 0, free: -3 }, 1],
  ])('are %s', (_, room, count) => {
    expect(connectionsFor(room)).toBe(count);
  });
});
