import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** `SCREENSHOTS=docs/images` keeps them; otherwise none are taken. */
const DIRECTORY = process.env['SCREENSHOTS'];

/** A picture of the whole page, when pictures are asked for. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (DIRECTORY === undefined || DIRECTORY === '') return;
  await mkdir(DIRECTORY, { recursive: true });
  await page.screenshot({ path: join(DIRECTORY, `${name}.png`), fullPage: true, animations: 'disabled' });
}
