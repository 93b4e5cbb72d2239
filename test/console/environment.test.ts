import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { environmentCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { Environment } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantChanges, plantHostileSnapshot, plantRuns } from './environment-history.js';
import { plantSample, plantSnapshots } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { barriers, overflow } from './in-page.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: Sample;
let storied: string;
const pageOf = ({ id, projectId }: Environment) => `/projects/${projectId}/environments/${id}`;

beforeAll(async () => {
  console = await startConsole();
  sample = await plantSample(console);
  await plantChanges(console.service.database, sample.storied);
  await plantRuns(console.service.database, sample.storied);
  storied = pageOf(sample.storied);
});
afterEach(async () => {
  // What nobody looks at any more goes on asking otherwise.
  await Promise.all(console.browser.contexts().map((context) => context.close()));
  const complaints = console.complaints.splice(0);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
});
afterAll(() => console.stop());

const marks = (page: Page) => page.locator('[data-mark]');
const chart = (page: Page) => page.getByRole('img', { name: /^Chart of stored/ }).locator('canvas');

it('answers how far back one can go, and shows snapshots, deployments and rollbacks on one axis', async () => {
  const page = await console.open(storied);
  await page.getByText(/^The newest proven snapshot was taken 13 hours ago, the newest of all/).waitFor();
  await page.getByText(/^Goes next: |^Nothing goes at the next run/).waitFor();
  expect(await page.getByRole('link', { name: /^Full snapshot/ }).count()).toBe(4);
  expect(await page.getByRole('link', { name: /^Rollback, completed/ }).getAttribute('href')).toMatch(/^\/rollbacks\//);
  await page.getByText('On the hour, every 6 hours').waitFor();
  await page.getByText('A rollback was under way.').waitFor();
  await chart(page).waitFor();
  await screenshot(page, 'environment');
});

// All rules, on all marks and rows: on a machine that has other work, longer than a test may take otherwise.
it('has nothing that axe objects to', { timeout: 120_000 }, async () => {
  const page = await console.open(storied);
  await chart(page).waitFor();
  expect(await barriers(page)).toEqual([]);
});

it('is as readable in the dark', async () => {
  const page = await console.open(storied, { scheme: 'dark' });
  await chart(page).waitFor();
  await marks(page).last().hover();
  await screenshot(page, 'environment-dark');
  expect(await barriers(page, ['color-contrast'])).toEqual([]);
});

it('is a list of days on a phone', async () => {
  const page = await console.open(storied, { phone: true });
  const days = page.getByRole('list', { name: 'Timeline, day by day' });
  await days.locator('summary').first().click();
  expect(await days.getByRole('link').first().getAttribute('href')).toContain('/snapshots/');
  await chart(page).waitFor();
  expect(await overflow(page)).toBe(0);
  await screenshot(page, 'environment-phone');
  expect(await barriers(page, ['list', 'nested-interactive', 'target-size'])).toEqual([]);
});

it('is gone along by arrow keys, draws from a differential to its base, and opens with Enter', async () => {
  const page = await console.open(storied);
  await page
    .getByRole('link', { name: /^Full snapshot/ })
    .first()
    .waitFor();
  const entry = page.locator('[data-mark][tabindex="0"]');
  await entry.focus();
  const label = () => page.evaluate('document.activeElement.getAttribute("aria-label")');
  const first = await label();
  await page.keyboard.press('ArrowLeft');
  expect(await label()).not.toBe(first);
  expect(await label()).toMatch(/^Differential snapshot/);
  const base = await page.locator('[data-relation]').getAttribute('data-relation');
  await page.keyboard.press('ArrowUp');
  expect(await label()).toMatch(/^Full snapshot/);
  expect(await page.evaluate('document.activeElement.dataset.mark')).toBe(base);
  await page.locator('[data-tooltip]').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/snapshots/${base}`);
});

it('narrows the list down by what stands in the address', async () => {
  const page = await console.open(`${storied}?restorability=refuted&status=nonsense`);
  const table = page.getByRole('table', { name: 'Snapshots', exact: true });
  await page.getByText(/found$/).waitFor();
  const states = async () =>
    new Set(
      await table
        .getByRole('cell')
        .filter({ hasText: /^State/ })
        .allInnerTexts(),
    );
  expect([...(await states())].every((text) => text.includes('refuted'))).toBe(true);
  await page.getByRole('combobox', { name: 'Restorability' }).selectOption('any');
  await page.getByRole('combobox', { name: 'Pinned' }).selectOption('pinned');
  await table.getByRole('img', { name: 'pinned' }).waitFor();
  expect(page.url()).toMatch(/pinned=yes/);
  expect(page.url()).not.toMatch(/restorability/);
  await page.getByRole('combobox', { name: 'Trigger' }).selectOption('safety');
  await page.getByText('No snapshot is like that').waitFor();
  await page.getByRole('button', { name: 'Show all snapshots' }).click();
  await table.waitFor();
  expect(new URL(page.url()).search).toBe('');
});

it('takes a snapshot and watches it to its end', async () => {
  const page = await console.open(pageOf(sample.place.environment));
  await page.getByText('There is no snapshot to go back to yet.').waitFor();
  await page.getByText('Nothing has happened yet').waitFor();
  await screenshot(page, 'environment-empty');
  await page.getByRole('button', { name: 'Take a snapshot' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take a snapshot' });
  await dialog.getByText(/^About .* more in the vault/).waitFor();
  await dialog.getByLabel('Label').fill(`before ${'9'.repeat(200)}`);
  await dialog.getByRole('button', { name: 'Take it' }).click();
  await dialog.getByText('At most 200 characters.').waitFor();
  await dialog.getByLabel('Label').fill("it's before 17.0");
  await dialog.getByRole('radio', { name: /^Full/ }).check();
  await dialog.getByRole('button', { name: 'The same on the command line' }).click();
  await page
    .getByText(`snapback snapshot create --env webshop/checkout --label 'it'\\''s before 17.0' --type full`)
    .waitFor();
  await screenshot(page, 'environment-take-snapshot');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Take it' }).click();
  await page.getByText('The snapshot is queued.').first().waitFor();
  const table = page.getByRole('table', { name: 'Snapshots', exact: true });
  await table.getByRole('link', { name: "it's before 17.0" }).waitFor();
  const state = table.getByText(/^(expected|doubtful|proven)$/);
  await state.waitFor();
  expect(await state.count()).toBe(1);
});

it('draws thousands as bars, asks for no more than it draws, and looks closer at one', async () => {
  const [staging] = sample.others;
  if (staging === undefined) throw new Error('The sample has no other environment.');
  await plantSnapshots(console.service.database, staging, 3000);
  const page = await console.open(pageOf(staging));
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.getByText(/^Drawn are the newest 2,000 of 3,000 snapshots/).waitFor();
  await page.getByText(/^Goes next: .* because older than 30 days. 20 or more in all go at the next run/).waitFor();
  expect(await marks(page).count()).toBeLessThan(400);
  await screenshot(page, 'environment-thousands');
  await page.getByRole('button', { name: 'Load older ones' }).click();
  await page.getByText(/^Drawn are the newest 2,100 of 3,000 snapshots/).waitFor();
  await page
    .getByRole('button', { name: /^\d+ differential snapshots/ })
    .last()
    .focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Back to the whole range' }).waitFor();
  expect(await page.getByRole('link', { name: /^Differential snapshot/ }).count()).toBeGreaterThan(1);
});

it('offers nothing that the token does not allow, and says why', async () => {
  const permissions = ['snapshots:read', 'environments:read'] as const;
  const page = await console.open(storied, { claims: { permissions } });
  const take = page.getByRole('button', { name: 'Take a snapshot' });
  await expect.poll(() => take.getAttribute('aria-disabled')).toBe('true');
  await take.focus();
  await page.getByText('This needs the permission snapshots:write').first().waitFor();
  expect(await page.getByText('Your token does not show you this').count()).toBe(2);
  await screenshot(page, 'environment-forbidden');
  const nowhere = await console.open(storied.replace(/.{4}$/, '0000'));
  await nowhere
    .getByRole('alert')
    .getByText(/^There is no environment .* that you may see/)
    .waitFor();
});

it('shows names and labels of whoever means harm as the text they are', async () => {
  const script = '<img src=x onerror="document.title=1"><script>alert(1)</script>';
  const body = {
    name: `"><b>${'x'.repeat(60)}`,
    type: 'staging',
    database: { kind: 'variable', env: 'ENVIRONMENT_NONE' },
  } as const;
  const path = { projectId: sample.project.id };
  const hostile = await result(environmentCreate({ client: sample.client, path, query: { check: false }, body }));
  await plantHostileSnapshot(console.service.database, hostile, script);
  const page = await console.open(pageOf(hostile), { phone: true });
  await page.getByRole('heading', { name: body.name }).waitFor();
  await page.getByRole('table', { name: 'Snapshots', exact: true }).getByText(script).waitFor();
  expect(await page.locator('img[src=x], main script, main b').count()).toBe(0);
  expect(await page.title()).toBe(`${body.name} · Snapback`);
  expect(await overflow(page)).toBe(0);
});
