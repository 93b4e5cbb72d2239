import type { Page } from 'playwright-core';
import { DESKTOP, PHONE } from './console-fixture.js';
import { screenshot } from './screenshot.js';

/** A page as it is, in both colours, on a desk and on a phone: `NAME`, `NAME-dark`, `NAME-phone`, `NAME-phone-dark`. */
export async function pictures(page: Page, name: string): Promise<void> {
  if ((process.env['SCREENSHOTS'] ?? '') === '') return;
  await inEachLook(page, (look) => screenshot(page, name + look));
}

/** `look` is what its picture is called behind the name of the page. The page is afterwards as on a desk, and light. */
export async function inEachLook(page: Page, take: (look: string) => Promise<unknown>): Promise<void> {
  for (const [viewport, size] of [
    [DESKTOP, ''],
    [PHONE, '-phone'],
  ] as const) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await take(`${size}${colorScheme === 'dark' ? '-dark' : ''}`);
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'light' });
}
