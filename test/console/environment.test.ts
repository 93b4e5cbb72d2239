import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantChanges, plantRuns } from './environment-history.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: Sample;
let storied: string;
beforeAll(async () => {
  console = await startConsole();
  sample = await plantSample(console);
  await plantChanges(console.service.database, sample.storied);
  await plantRuns(console.service.database, sample.storied);
  storied = `/projects/${sample.project.id}/environments/${sample.storied.id}`;
});
afterAll(() => console.stop());

it('answers how far back one can go, and shows snapshots, deployments and rollbacks on one axis', async () => {
  const page = await console.open(storied);
  await page.getByText(/^The newest proven snapshot was taken/).waitFor();
  await page.getByRole('group', { name: /^Timeline/ }).waitFor();
  await page.getByText(/^Goes next:|^Nothing goes/).waitFor();
  await page.getByRole('img', { name: /^Chart of stored/ }).locator('canvas').waitFor();
  await screenshot(page, 'environment');
  const dark = await console.open(storied, { scheme: 'dark' });
  await dark.getByRole('img', { name: /^Chart of stored/ }).locator('canvas').waitFor();
  await screenshot(dark, 'environment-dark');
  const phone = await console.open(storied, { phone: true });
  await phone.getByRole('list', { name: 'Timeline, day by day' }).waitFor();
  await phone.getByRole('img', { name: /^Chart of stored/ }).locator('canvas').waitFor();
  await screenshot(phone, 'environment-phone');
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))])).toEqual([]);
  expect(console.complaints).toEqual([]);
});
