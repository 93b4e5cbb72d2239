import { randomBytes, randomInt } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OPERATIONS } from './announcements.js';
import { runKillLoop } from './kill-loop.js';
import { makePlace } from './place.js';
import { runSystematic } from './systematic.js';
import { sampleOf, usually } from '../../harness/thorough.js';

/*
 * The short forms of `npm run faults:vault`: what they look at is the same, the kills are fewer.
 */

const KILLS = usually(3, 12);
/** So many steps lie between two that are met; which ones is drawn each time. In an ordinary run one is. */
const STRIDE = 40;

let setting: Awaited<ReturnType<typeof makePlace>>;
// A vault for each: a rotation is of all projects, and what was saved is put back as the whole vault.
beforeEach(async () => {
  setting = await makePlace();
});
afterEach(() => setting.remove());

it('keeps every promise when processes at work on a vault are killed at any moment', async () => {
  const seed = randomBytes(4).toString('hex');
  const report = await runKillLoop(setting.place, { kills: KILLS, seed });
  expect(report.broken, `seed ${seed}`).toEqual([]);
  expect(report.kills).toBe(KILLS);
}, 180_000);

it('keeps every promise when an operation is killed at one of its steps', async () => {
  const first = randomInt(1, STRIDE);
  const report = await runSystematic(setting.place, {
    operations: sampleOf(OPERATIONS, 4),
    first,
    stride: STRIDE,
    most: usually(1, Infinity),
  });
  expect(report.broken, `from step ${first} on`).toEqual([]);
}, 180_000);
