import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { barriers, overflow } from './in-page.js';
import { plantUsage } from './administration-sample.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { screenshot } from './screenshot.js';

const FEW_DAYS_AGO = new Date(Date.now() - 4 * 86_400_000).toISOString().slice(0, 10);

let console: ConsoleUnderTest;
let sample: Sample;
beforeAll(async () => {
  console = await startConsole({ QUOTA_ENVIRONMENTS: '20', QUOTA_SNAPSHOTS: '115', QUOTA_STORED_BYTES: '1000000' });
  sample = await plantSample(console);
  await plantUsage(console.service.database, sample.project, 30);
});
afterAll(() => console.stop());

it('adds up days and projects, and draws them', async () => {
  const page = await console.open('/usage');
  await page.getByText(/ of snapshots; .* were added in these 30 days\. Limits: snapshots nearly reached\.$/).waitFor();
  const projects = page.getByRole('table', { name: 'Usage by project' });
  expect(await projects.getByRole('row').count()).toBe(3);
  expect(await page.getByRole('table', { name: 'Usage by day' }).getByRole('row').count()).toBe(31);
  await page.getByRole('img', { name: /^Logical and stored bytes by day\. Stored: .* The table below/ }).waitFor();
  expect(await page.locator('canvas').count()).toBe(2);
  await page.getByRole('meter', { name: 'Snapshots' }).waitFor();
  await page.getByText('Nearly reached.', { exact: true }).waitFor();
  await screenshot(page, 'usage');

  await page.getByLabel('Project', { exact: true }).selectOption({ label: 'webshop' });
  await page.getByLabel('Days', { exact: true }).selectOption({ label: 'The last 7 days' });
  await page.getByText(/ were added in these 7 days\./).waitFor();
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ project: sample.project.id });
  expect(await projects.getByRole('row').count()).toBe(2);
  expect(console.complaints).toEqual([]);
});

it('makes a CSV in the browser', async () => {
  const page = await console.open('/usage');
  await page.getByRole('table', { name: 'Usage by day' }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^snapback-usage-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
  // 29 days of the one, 23 of the other, which is gone, and the heading.
  expect(lines).toHaveLength(29 + 23 + 1);
  expect(lines.some((line) => line.includes(',"billing, old",'))).toBe(true);
  expect(console.complaints).toEqual([]);
});

it('says what nothing was used in, and what is not allowed', async () => {
  const page = await console.open('/usage?from=2001-01-01&to=2001-01-07');
  await page.getByText('Nothing was used in these days').waitFor();
  const other = await console.open('/usage', { claims: { permissions: ['audit:read'] } });
  await other.getByText('environments:read').waitFor();
  expect(await other.getByRole('table').count()).toBe(0);
  expect(console.complaints).toEqual([]);
});

it('tells who one is and what one may do, in words and beside the bundles', async () => {
  const claims = {
    subject: '<b>carol</b>',
    permissions: ['deployer', 'snapshots:write'] as const,
    projects: [sample.project.id],
    lifetimeSeconds: 600,
  };
  const page = await console.open('/access', { claims });
  await page
    .getByText('You are <b>carol</b> of acme, and may do what a deployer may, and besides snapshots:write.')
    .waitFor();
  const row = (permission: string) => page.getByRole('row').filter({ hasText: permission });
  expect(await row('rollbacks:write').getByRole('cell').allTextContents()).toEqual(['yes', 'no', 'yes', 'yes', 'yes']);
  expect(await row('webhooks:write').getByRole('cell').allTextContents()).toEqual(['no', 'no', 'no', 'no', 'yes']);
  await page.getByText('webshop').waitFor();
  const left = page.locator('time');
  const before = await left.textContent();
  expect(before).toMatch(/^9 min \d\d s$/);
  await expect.poll(() => left.textContent(), { timeout: 10_000 }).not.toBe(before);
  await screenshot(page, 'access');
  expect(await page.getByRole('link', { name: 'API' }).getAttribute('href')).toBe('/docs');
  expect(console.complaints).toEqual([]);
});

it('colours that are chosen hold in another tab, and so does signing out', async () => {
  const page = await console.open('/access');
  await page.getByLabel('Dark').check();
  const other = await page.context().newPage();
  await other.goto(`${console.service.url}/usage`);
  await other.getByRole('heading', { name: 'Usage' }).waitFor();
  expect(await other.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.getByLabel('Light').check();
  await expect.poll(() => other.locator('html').getAttribute('data-theme'), { timeout: 5000 }).toBe('light');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await other.getByRole('heading', { name: 'Sign in to Snapback' }).waitFor();
  expect(console.complaints).toEqual([]);
});

const PLACES = [
  ['usage', `/usage?from=${FEW_DAYS_AGO}`, 'By project'],
  ['access', '/access', 'Tokens'],
] as const;

it.each(PLACES.flatMap((place) => (['light', 'dark'] as const).map((scheme) => [...place, scheme] as const)))(
  'has no barriers, and nothing is cut off on a phone: %s (%s, %s, %s)',
  async (name, address, heading, scheme) => {
    const page = await console.open(address, { scheme });
    await page.getByRole('heading', { name: heading }).waitFor();
    expect(await barriers(page)).toEqual([]);
    if (scheme === 'dark') await screenshot(page, `${name}-dark`);
    const phone = await console.open(`/${name}`, { scheme, phone: true });
    await phone.getByRole('heading', { name: heading }).waitFor();
    expect(await overflow(phone)).toBeLessThanOrEqual(0);
    await screenshot(phone, scheme === 'dark' ? `${name}-phone-dark` : `${name}-phone`);
    expect(console.complaints).toEqual([]);
  },
);
