import { describe, expect, it } from 'vitest';
import { todayInWords, type Today } from './today.js';

const by = (...actors: string[]): Today['newest'] =>
  actors.map((actor) => ({ actor, actorKind: actor.startsWith('system:') ? 'system' : 'caller' }));
const today = (newest: Today['newest'], refused = 0, done = newest.length, isLowerBound = false) =>
  todayInWords({ newest, done, refused, isLowerBound });

describe('what happened today', () => {
  it.each([
    [today([]), 'Nothing was changed since midnight, and nothing refused.'],
    [today([], 2), 'No change since midnight, 2 refused.'],
    [today(by('alice')), '1 change by 1 person or program since midnight.'],
    [today(by('alice', 'bob', 'alice', 'ci'), 1), '4 changes by 3 people or programs since midnight, 1 refused.'],
    [today(by('system:retention', 'system:retention')), '2 changes by the service itself since midnight.'],
    [
      today(by('alice', 'system:retention'), 3),
      '2 changes by 1 person or program since midnight, 1 of them by the service itself, 3 refused.',
    ],
  ])('%s', (said, expected) => {
    expect(said).toBe(expected);
  });

  it('does not say by whom when it has not seen all of it', () => {
    expect(today(by('alice', 'bob'), 1, 1240)).toBe('1,240 changes since midnight, 1 refused.');
    expect(today(by('alice'), 0, 5000, true)).toBe('More than 5,000 changes since midnight.');
  });
});
