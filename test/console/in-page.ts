import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** To another page of the console as a link leads there: nothing is loaded again, and whoever is signed in stays so. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((address) => history.pushState({}, '', address), path);
  await page.waitForURL(`**${path}`);
}

/** What axe finds against a page, in both colours, in a line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    found.push(
      ...violations.map(
        ({ id, nodes }) =>
          `${colorScheme}: ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
      ),
    );
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

/** By how much a page is wider than what it is shown in, in pixels: on a phone nothing is cut off. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
