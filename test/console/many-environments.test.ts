import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantEnvironments } from './planted-environments.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;

/** A thousand in a hundred projects. */
const COUNT = 1000;
/** What people call at once is 100 ms; this machine does other things meanwhile. */
const MOST_MS = 300;

beforeAll(async () => {
  console = await startConsole();
  await plantEnvironments(console.service.database, { project: 'team', count: COUNT });
});
afterAll(() => console.stop());

/** From a key or a wheel to what is drawn because of it, as the browser measures it, in milliseconds. */
async function watchInteractions(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(`
    globalThis.interactions = [];
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries())
        if (['keydown', 'keypress', 'input', 'beforeinput', 'pointerup', 'click'].includes(name)) globalThis.interactions.push(duration);
    }).observe({ type: 'event', durationThreshold: 16, buffered: false });`);
  return () => page.evaluate('globalThis.interactions');
}

/** How long each frame took while the page was scrolled from its beginning to its end and back. */
async function scrollThrough(page: Page): Promise<number[]> {
  return page.evaluate(`new Promise((resolve) => {
    const frames = [];
    const end = document.documentElement.scrollHeight - innerHeight;
    let [last, step] = [performance.now(), 0];
    const next = (now) => {
      frames.push(now - last);
      last = now;
      step += 1;
      if (step > 60) return resolve(frames.slice(1));
      scrollTo(0, end * (step <= 30 ? step / 30 : (60 - step) / 30));
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })`);
}

const share = (durations: readonly number[], of: number) =>
  durations.toSorted((one, other) => one - other)[Math.floor((durations.length - 1) * of)] ?? 0;

it('stays fluid with a thousand environments: typing and scrolling answer at once', async () => {
  const page = await console.open('/');
  await page.getByText(/^No: of 1000 environments 20 are not protected and \d+ are overdue\.$/).waitFor();
  await page.getByRole('status').getByText('1,000', { exact: true }).waitFor();
  // Only what is in view is there.
  expect(await page.getByRole('row').count()).toBeLessThan(60);

  const interactions = await watchInteractions(page);
  await page.getByLabel('Filter by name').pressSequentially('team-04 staging', { delay: 60 });
  await page.getByText(/^\d+ of 1,000$/).waitFor();
  const typed = await interactions();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('status').getByText('1,000', { exact: true }).waitFor();

  const frames = await scrollThrough(page);
  await page.mouse.move(600, 500);
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
  await page.getByText('team-', { exact: false }).last().waitFor();
  await screenshot(page, 'overview-thousand-end');
  process.stdout.write(
    `1,000 environments: of ${typed.length} key events the slowest took ${Math.max(0, ...typed)} ms; ` +
      `of ${frames.length} frames of scrolling half took at most ${share(frames, 0.5).toFixed(0)} ms, nine in ten ${share(frames, 0.9).toFixed(0)} ms\n`,
  );
  expect(Math.max(0, ...typed)).toBeLessThan(MOST_MS);
  expect(share(frames, 0.9)).toBeLessThan(MOST_MS);
});

it('finds the one of a thousand in the palette', async () => {
  const page = await console.open('/');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('team-093 production-6');
  await page.getByRole('option', { name: /^team-093 \/ production-6/ }).click();
  await page.waitForURL('**/environments/*');
  expect(console.complaints).toEqual([]);
});
