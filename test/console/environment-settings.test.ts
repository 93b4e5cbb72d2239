import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { settingsUpdate, settingsView } from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotSettings, SnapshotSettingsUpdate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantSample, plantSnapshots } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { barriers, overflow } from './in-page.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: Sample;
const settingsOf = (id: string) => `/projects/${sample.project.id}/environments/${id}/settings`;

beforeAll(async () => {
  console = await startConsole();
  sample = await plantSample(console);
});
afterEach(async () => {
  // What nobody looks at any more goes on asking otherwise.
  await Promise.all(console.browser.contexts().map((context) => context.close()));
  const complaints = console.complaints.splice(0);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
});
afterAll(() => console.stop());

const saved = (environmentId: string): Promise<SnapshotSettings> =>
  result(settingsView({ client: sample.client, path: { environmentId } }));
const change = (environmentId: string, body: SnapshotSettingsUpdate) =>
  result(settingsUpdate({ client: sample.client, path: { environmentId }, body }));
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true });
const row = (page: Page, name: string) => page.locator(`[data-setting="${name}"]`);

it('shows what is in effect and where it comes from', async () => {
  const page = await console.open(settingsOf(sample.storied.id));
  await page.getByText(/^With the present settings \d+ of \d+ snapshots goe?s? at the next run/).waitFor();
  expect(await row(page, 'keepDaily').getByText('of this environment').count()).toBe(1);
  expect(await row(page, 'keepWeekly').getByText('the service’s default').count()).toBe(1);
  expect(await page.getByRole('list', { name: 'Next runs' }).getByRole('listitem').count()).toBe(5);
  expect(await save(page).getAttribute('aria-disabled')).toBe('true');
  await screenshot(page, 'settings');
});

// All rules, on all fields: on a machine that has other work, longer than a test may take otherwise.
it('has nothing that axe objects to', { timeout: 120_000 }, async () => {
  const page = await console.open(settingsOf(sample.storied.id));
  await page.getByText(/^With the present settings/).waitFor();
  expect(await barriers(page)).toEqual([]);
});

it('is as readable in the dark and on a phone', async () => {
  const page = await console.open(settingsOf(sample.storied.id), { phone: true, scheme: 'dark' });
  await page.getByText(/^With the present settings/).waitFor();
  expect(await overflow(page)).toBe(0);
  await screenshot(page, 'settings-phone-dark');
  expect(await barriers(page, ['color-contrast'])).toEqual([]);
});

it('tries retention out on the real snapshots, and asks before more is deleted', async () => {
  const [staging] = sample.others;
  if (staging === undefined) throw new Error('The sample has no other environment.');
  await plantSnapshots(console.service.database, staging, 60);
  const page = await console.open(settingsOf(staging.id));
  await page.getByText(/^With the present settings 0 of \d+ snapshots go /).waitFor();
  await page.getByLabel('Keep everything for').fill('7');
  await page.getByText(/^With these settings \d+ of \d+ snapshots go .*more than now/).waitFor();
  await page
    .getByRole('list', { name: 'The first that go' })
    .getByText(/older than 7 days/)
    .first()
    .waitFor();
  await page.getByText(/^in 365 days about/).waitFor();
  await screenshot(page, 'settings-retention');
  await save(page).click();
  const dialog = page.getByRole('dialog', { name: 'This deletes more than now' });
  await dialog.getByRole('button', { name: 'Change nothing' }).click();
  expect((await saved(staging.id)).retentionDays).toBe(30);
  await save(page).click();
  await screenshot(page, 'settings-confirm');
  await dialog.getByRole('button', { name: /^Save, and let/ }).click();
  await page.getByText('The settings are saved.').first().waitFor();
  const after = await saved(staging.id);
  expect([after.retentionDays, after.sources.retentionDays]).toEqual([7, 'environment']);
  await page.getByLabel('Keep everything for').fill('0');
  await page.getByText(/^With these settings nothing can be kept or deleted: retentionDays would have/).waitFor();
  await save(page).click();
  await row(page, 'retentionDays')
    .getByText(/^would have retention keep nothing/)
    .waitFor();
  await page.getByLabel('Keep everything for').fill('4000');
  await row(page, 'retentionDays').getByText('At most 3,650.').waitFor();
});

it('writes a schedule in words, and shows what is wrong with it where it stands', async () => {
  const { id } = sample.place.environment;
  const page = await console.open(settingsOf(id));
  await page.getByRole('button', { name: 'Add an entry' }).click();
  const entry = page.getByRole('group', { name: 'Entry 1' });
  await entry.getByText('At 03:00').waitFor();
  await entry.getByLabel('Cron').fill('0 99 * * *');
  await entry.getByText(/^This cannot be read/).waitFor();
  await entry.getByLabel('Cron').fill('30 2 * * MON-FRI');
  await entry.getByText('At 02:30, Monday through Friday').waitFor();
  await entry.getByLabel('Time zone').fill('Mars/Base');
  await entry.getByLabel('Keep newest').fill('2000');
  await entry.getByText('At most 1,000.').waitFor();
  await entry.getByLabel('Keep newest').fill('24');
  await save(page).click();
  await entry.getByText('must be a time zone such as Europe/Berlin').waitFor();
  await screenshot(page, 'settings-invalid');
  await entry.getByLabel('Time zone').fill('Europe/Berlin');
  await save(page).click();
  await page.getByText('The settings are saved.').first().waitFor();
  expect((await saved(id)).schedule).toEqual([{ cron: '30 2 * * MON-FRI', timeZone: 'Europe/Berlin', keep: 24 }]);
  expect(await page.getByRole('list', { name: 'Next runs' }).getByRole('listitem').count()).toBe(5);
});

it('loses nothing when somebody else saves meanwhile', async () => {
  const { id } = sample.place.environment;
  const page = await console.open(settingsOf(id));
  await page.getByLabel('Can be undone for').fill('90');
  await page.getByLabel('Time out after').fill('1200');
  await change(id, { fullEveryDays: 3, timeoutSeconds: 600 });
  await save(page).click();
  const alert = page.getByRole('alert').filter({ hasText: 'Somebody else has changed these settings' });
  await alert.getByText('A full one every: was 7 days, is now 3 days').waitFor();
  await alert.getByText(/^Time out after: was 3,600 seconds, is now 600 seconds; yours, 1,200 seconds/).waitFor();
  await screenshot(page, 'settings-meanwhile');
  expect((await saved(id)).undoMinutes).toBe(60);
  expect(await page.getByLabel('A full one every').inputValue()).toBe('3');
  await save(page).click();
  await page.getByText('The settings are saved.').first().waitFor();
  const { undoMinutes, fullEveryDays, timeoutSeconds } = await saved(id);
  expect([undoMinutes, fullEveryDays, timeoutSeconds]).toEqual([90, 3, 1200]);
});

it('gives a setting back, says what it will be, and how a command line does the same', async () => {
  const { id } = sample.storied;
  const page = await console.open(settingsOf(id));
  await page.getByRole('button', { name: /^Give back to the default ?: Keep one a month/ }).click();
  await row(page, 'keepMonthly').getByText('Given back: 0 months, once saved.').waitFor();
  await page.getByRole('button', { name: 'The same on the command line' }).click();
  await page.getByText('snapback settings set --env webshop/production keepMonthly=null').waitFor();
  await page.keyboard.press('Escape');
  await save(page).click();
  const confirm = page.getByRole('button', { name: /^Save, and let/ });
  await page.getByText('The settings are saved.').first().or(confirm).waitFor();
  if (await confirm.isVisible()) await confirm.click();
  await row(page, 'keepMonthly').getByText('the service’s default').waitFor();
  expect((await saved(id)).sources.keepMonthly).toBe('default');
});

it('asks before what is not saved is left', async () => {
  const page = await console.open(settingsOf(sample.storied.id));
  await page.getByLabel('Paused').check();
  await page.getByRole('link', { name: 'production', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByRole('button', { name: 'Stay' }).click();
  expect(await page.getByLabel('Paused').isChecked()).toBe(true);
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('link', { name: 'production', exact: true }).click();
  await page.getByRole('heading', { name: 'production' }).waitFor();
});

it('can be looked at by whoever may not change it', async () => {
  const permissions = ['settings:read', 'environments:read'] as const;
  const page = await console.open(settingsOf(sample.storied.id), { claims: { permissions } });
  await page.getByText('You may look at them, and not change them.').waitFor();
  expect(await page.getByLabel('Keep everything for').isDisabled()).toBe(true);
  await screenshot(page, 'settings-forbidden');
});
