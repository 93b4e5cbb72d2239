import { describe, expect, it } from 'vitest';
import { inStep } from './in-step.js';

describe('two sorted sequences side by side', () => {
  it.each([
    ['', ''],
    ['abc', ''],
    ['', 'abc'],
    ['abc', 'abc'],
    ['ace', 'bdf'],
    ['abf', 'aef'],
    ['d', 'abcdef'],
  ])('%j and %j: each name comes once, with both who have it', async (left, right) => {
    const pairs: [string | undefined, string | undefined][] = [];
    const name = (letter: string) => letter;
    for await (const pair of inStep(lettersOf(left), lettersOf(right), name, name)) pairs.push(pair);
    const all = [...new Set(left + right)].toSorted();
    const has = (word: string, letter: string) => (word.includes(letter) ? letter : undefined);
    expect(pairs).toEqual(all.map((letter) => [has(left, letter), has(right, letter)]));
  });
});

async function* lettersOf(word: string): AsyncGenerator<string> {
  yield* word;
}
