import type { Page } from 'playwright-core';
import { screenshot } from './screenshot.js';

const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

/** A page as it is, in both colours, on a desk and on a phone: `NAME`, `NAME-dark`, `NAME-phone`, `NAME-phone-dark`. */
export async function pictures(page: Page, name: string): Promise<void> {
  if ((process.env['SCREENSHOTS'] ?? '') === '') return;
  for (const [viewport, size] of [
    [DESKTOP, ''],
    [PHONE, '-phone'],
  ] as const) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await screenshot(page, `${name}${size}${colorScheme === 'dark' ? '-dark' : ''}`);
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'light' });
}
