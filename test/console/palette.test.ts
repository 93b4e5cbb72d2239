import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../harness/database.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { axeFindings } from './in-page.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: Sample;

beforeAll(async () => {
  console = await startConsole();
  sample = await plantSample(console);
});
afterAll(() => console.stop());

const finder = (page: Page) => page.getByRole('dialog', { name: 'Find or do something' });

it('finds an environment by parts of its names, with the keyboard alone', async () => {
  const page = await console.open('/audit');
  await page.keyboard.press('Control+k');
  await finder(page).waitFor();
  await page.keyboard.type('shop prod');
  await finder(page)
    .getByRole('option', { name: /^webshop \/ production/ })
    .waitFor();
  expect(await finder(page).getByRole('option').count()).toBe(1);
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/environments/${sample.storied.id}`);
  await finder(page).waitFor({ state: 'detached' });
  await page.context().close();
  expect(console.complaints).toEqual([]);
});

it('finds snapshots of the environment one looks at, by label and by the beginning of an id', async () => {
  const { storied } = sample;
  const [snapshot] = await query<{ id: string }>(
    console.service.database,
    `SELECT id FROM snapshots WHERE environment_id = $1 AND label = 'before 38.0'`,
    [storied.id],
  );
  const page = await console.open(`/projects/${storied.projectId}/environments/${storied.id}`);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('before 38');
  await finder(page).getByRole('group', { name: 'Snapshots of production' }).getByRole('option').waitFor();
  await screenshot(page, 'palette');
  await page.getByRole('combobox').fill(snapshot!.id.slice(0, 8));
  await finder(page)
    .getByRole('option', { name: /^before 38\.0/ })
    .click();
  await page.waitForURL(`**/snapshots/${snapshot!.id}`);
  await page.context().close();
  expect(console.complaints).toEqual([]);
});

it('does what the page can do, changes the colours, and signs out', async () => {
  const page = await console.open('/', { phone: true });
  const open = async (text: string) => {
    await page.getByRole('button', { name: 'Find or do something' }).click();
    await page.getByRole('combobox', { name: 'Find or do something' }).fill(text);
  };
  await page.getByRole('table', { name: 'Environments' }).waitFor();
  await open('');
  await screenshot(page, 'palette-phone');
  await finder(page).getByRole('option', { name: 'Show what is overdue' }).click();
  await page.waitForURL(/state=late/);
  await open('colours dark');
  await page.keyboard.press('Enter');
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
  await open('nobody is called that');
  await finder(page).getByText('Nothing is called that.').waitFor();
  await page.keyboard.press('Escape');
  await open('sign out');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sign in to Snapback' }).waitFor();
  await page.context().close();
  expect(console.complaints).toEqual([]);
});

it('says who is signed in, and signs out from there too', async () => {
  const page = await console.open('/', { claims: { subject: 'alice@acme', projects: [sample.project.id] } });
  await page.getByRole('button', { name: 'You: alice@acme' }).click();
  await page.getByText('acme · one project').waitFor();
  await screenshot(page, 'account-menu');
  await page.getByRole('menuitem', { name: 'What I may do' }).click();
  await page.waitForURL('**/access');
  await page.getByRole('button', { name: 'You: alice@acme' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sign in to Snapback' }).waitFor();
  await page.context().close();
  expect(console.complaints).toEqual([]);
});
