import { describe, expect, it } from 'vitest';
import { waitForEnd } from './wait-for-end.js';
import type { Heard } from './follow.js';

async function* stream(...heard: (string | undefined)[]): AsyncGenerator<Heard<string>> {
  for (const event of heard) yield event === undefined ? { event: undefined } : { event };
}

/** Looks that see, one after the other, whether it has ended. */
function looks(...ended: boolean[]) {
  let count = 0;
  const look = async () => ({ finishedAt: ended[(count += 1) - 1] === true ? '2030-01-01T12:00:00Z' : null });
  return { look, count: () => count };
}

describe('waiting for an end', () => {
  it('looks once, behind the final event, and shows the events meanwhile', async () => {
    const { look, count } = looks(true);
    const shown: string[] = [];
    const seen = await waitForEnd(stream('a', 'b'), look, { onProgress: (event) => shown.push(event) });
    expect([seen.finishedAt !== null, shown, count()]).toEqual([true, ['a', 'b'], 1]);
  });

  it('looks each time that nothing was heard, and ends when that says so', async () => {
    const { look, count } = looks(false, false, true);
    const unending = stream('a', undefined, undefined, undefined, 'never shown');
    const shown: string[] = [];
    await waitForEnd(unending, look, { onProgress: (event) => shown.push(event) });
    expect([shown, count()]).toEqual([['a'], 3]);
  });

  it('looks again when what was final is not there yet', async () => {
    const { look, count } = looks(false, true);
    await waitForEnd(stream('final'), look, {});
    expect(count()).toBe(2);
  });
});
