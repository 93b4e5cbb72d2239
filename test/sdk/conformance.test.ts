import { describe, expect, it } from 'vitest';
import { sampleOf, THOROUGH } from '../harness/thorough.js';
import { faultsOfLines, listedCases } from './conformance-lines.js';
import { ConformanceStage } from './conformance-stage.js';
import { sdkPrograms } from './programs.js';
import type { SdkProgram } from './programs.js';

/** Cases wait for pauses, idle times and slow snapshots, some ten times for ten seconds. */
const TIMEOUT_MS = 600_000;

describe('what a program prints', () => {
  it('is held against the list: each case, and nothing else, and each of them ok', () => {
    const lines = [
      '{"case":"a","ok":true}',
      '{"case":"b","ok":false,"detail":"why"}',
      '{"case":"x","ok":true}',
      'oops',
    ];
    expect(faultsOfLines(lines.join('\n'), ['a', 'b', 'c'])).toEqual([
      'b: why',
      'x is not on the list.',
      'This is no line of a case: oops',
      'c was not run.',
    ]);
    expect(listedCases().length).toBeGreaterThan(30);
  });
});

/** Of the list, for `npm test`; `npm run test:sdk` has all of it. */
const DRAWN_CASES = 8;

/** That of TypeScript; the others are compiled or fetched first, and run by `npm run test:sdk`. */
function programsOfThisRun(): SdkProgram[] {
  const [own, ...others] = sdkPrograms();
  return [own!, ...(THOROUGH ? others : [])];
}

describe('the list that every SDK passes', () => {
  const cases = sampleOf(listedCases(), DRAWN_CASES);

  for (const { sdk, missing, ...program } of programsOfThisRun()) {
    const without = missing === undefined ? '' : ` (not run: ${missing} is missing)`;
    it.skipIf(missing !== undefined)(
      `is passed by that of ${sdk}${without}`,
      async ({ signal }) => {
        const stage = await ConformanceStage.start();
        try {
          const { output, errors, code } = await stage.run(
            { ...program, environment: { ...program.environment, ONLY: cases.join(',') } },
            { signal },
          );
          const faults = faultsOfLines(output, cases);
          // What it says besides is wanted only when something is wrong.
          expect({ faults, code, errors: faults.length > 0 || code !== 0 ? errors : '' }).toEqual({
            faults: [],
            code: 0,
            errors: '',
          });
        } finally {
          await stage.stop();
        }
      },
      TIMEOUT_MS,
    );
  }
});
