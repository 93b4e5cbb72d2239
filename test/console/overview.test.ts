import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantSample } from './sample-history.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
beforeAll(async () => {
  console = await startConsole();
  await plantSample(console);
});
afterAll(() => console.stop());

it('says in its first line what is not protected, and shows each environment', async () => {
  const page = await console.open('/');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('table', { name: 'Environments of webshop' }).waitFor();
  expect(await page.getByRole('row').count()).toBe(5);
  await screenshot(page, 'overview');
  const phone = await console.open('/', { phone: true, scheme: 'dark' });
  await phone.getByRole('table', { name: 'Environments of webshop' }).waitFor();
  await screenshot(phone, 'overview-phone-dark');
  expect(console.complaints).toEqual([]);
});
