import { beforeAll, it, type TestContext } from 'vitest';
import { sampleOf } from './thorough.js';

type Test = (context: TestContext) => Promise<void>;

/**
 * An `it` for tests of one kind, `of` in a file: an ordinary run draws some of them anew each time, a thorough one has all. What is
 * the promise of the file stays a plain `it`.
 */
export function drawnTests(drawn: number, { of }: { of: number }): (name: string, test: Test) => void {
  const chosen = new Set(sampleOf([...Array(of).keys()], drawn));
  let count = 0;
  beforeAll(() => {
    // Otherwise one would never be drawn.
    if (count !== of) throw new Error(`There are ${count} tests to draw from, and not ${of}.`);
  });
  return (name, test) => {
    // A group of which none is drawn is still one.
    const register = chosen.has(count) ? it : it.skip;
    register(name, test);
    count += 1;
  };
}
