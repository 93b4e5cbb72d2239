import { describe, expect, it } from 'vitest';
import { nextLook } from './next-look.js';

describe('the next page', () => {
  it('comes as one scrolls behind a full one', () => {
    expect(nextLook([3, 3], true, 3)).toBe('as-one-scrolls');
    expect(nextLook([0, 0, 0, 0, 0, 3], true, 3)).toBe('as-one-scrolls');
  });

  it('comes by itself behind one that a search has not filled, a few times, and then when somebody asks', () => {
    const looks = Array.from({ length: 11 }, (_, at) => nextLook([3, ...Array<number>(at + 1).fill(0)], true, 3));
    const some = ['by-itself', 'by-itself', 'by-itself', 'by-itself', 'when-asked'];
    expect(looks).toEqual([...some, ...some, 'by-itself']);
    expect(nextLook([1], true, 3)).toBe('by-itself');
  });

  it('is not there behind the last', () => {
    expect(nextLook([3], false, 3)).toBe('nothing');
    expect(nextLook([0], false, 3)).toBe('nothing');
  });
});
