import { randomInt } from 'node:crypto';

/** In `npm run test:thorough`: all of what an ordinary run draws a sample of, and what is too long for one (`*.long.test.ts`). */
export const THOROUGH = process.env['THOROUGH'] === '1';

/** What an ordinary run does in place of what a thorough one does. */
export const usually = <T>(inAnOrdinaryRun: T, inAThoroughRun: T): T => (THOROUGH ? inAThoroughRun : inAnOrdinaryRun);

/** So many of them, in their order and drawn anew each time; all in a thorough run. What a failure says names what was drawn. */
export function sampleOf<T>(all: readonly T[], count: number): T[] {
  const left = [...all];
  if (THOROUGH) return left;
  while (left.length > count) left.splice(randomInt(left.length), 1);
  return left;
}
