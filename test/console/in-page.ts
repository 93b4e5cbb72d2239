import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** To another page of the console as a link leads there: nothing is loaded again, and whoever is signed in stays so. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState({}, '', ${JSON.stringify(path)})`);
  await page.waitForURL(`**${path}`);
}

/**
 * What axe finds against a page as it is now, in a line each.
 *
 * @param rules those alone that what was changed, such as the colours, can break; all of them otherwise
 */
export async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  // What has just changed its colours is drawn in the former ones for a moment.
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  // And what changes them little by little, on a busy machine for longer.
  await page.evaluate(
    `Promise.allSettled(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))`,
  );
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules === undefined ? axe : axe.withRules(rules)).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}

/** The same in both colours. */
export async function axeFindings(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await barriers(page)).map((line) => `${colorScheme}: ${line}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

/** By how much a page is wider than what it is shown in, in pixels: on a phone nothing is cut off. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
