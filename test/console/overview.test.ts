import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentUpdate, settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { plantOperation } from '../contract/planted-operation.js';
import { holdTable } from '../e2e/held-table.js';
import { query } from '../harness/database.js';
import { testToken } from '../harness/tokens.js';
import { signIn, startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { axeFindings, overflow } from './in-page.js';
import { pictures } from './pictures.js';
import { plantSample, plantSnapshots } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: Sample;

const HOURLY = [{ cron: '0 * * * *', timeZone: 'Europe/Berlin' }];
const HOSTILE = '<img src=x onerror=alert(1)>';
beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.stop());

const rowOf = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const needsYou = (page: Page) => page.getByRole('region', { name: 'Needs you' });

describe('an overview of nothing', () => {
  it('says how the first environment is registered, by command and over HTTP', async () => {
    const page = await console.open('/');
    await page.getByRole('heading', { name: 'Register the first environment' }).waitFor();
    await page.getByText('Nothing is registered yet, so nothing is protected.').waitFor();
    const commands = await page.getByLabel('the commands', { exact: true }).innerText();
    expect(commands).toContain(`snapback login ${console.service.url}`);
    expect(await page.getByRole('link', { name: 'guide' }).getAttribute('href')).toBe('/guide');
    expect(await axeFindings(page)).toEqual([]);
    await screenshot(page, 'overview-empty');
    await page.context().close();
  });
});

describe('an overview', () => {
  beforeAll(async () => {
    sample = await plantSample(console);
    const { client, others, storied, place } = sample;
    const [staging, review] = others as [Sample['storied'], Sample['storied']];
    for (const { id } of [staging, review, place.environment])
      await result(settingsUpdate({ client, path: { environmentId: id }, body: { schedule: HOURLY } }));
    await plantSnapshots(console.service.database, review, 40);
    await query(
      console.service.database,
      `UPDATE snapshots SET created_at = created_at - interval '9 hours' WHERE environment_id = $1`,
      [review.id],
    );
    const failure = {
      code: 'database-unreachable',
      message: 'The database review at db.internal:5432 does not answer.',
    };
    await query(
      console.service.database,
      `INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, created_at, failure)
       VALUES ($1, $2, 'scheduled', 'failed', 'schedule', now() - interval '1 hour', $3)`,
      [review.id, review.projectId, failure],
    );
    await plantOperation(console.service.database, { projectId: storied.projectId, environmentId: storied.id });
  });

  it('answers in its first line, and says what needs somebody before anything else', async () => {
    const page = await console.open('/');
    await page.getByText('No: of 4 environments 2 are not protected and 1 is overdue.').waitFor();
    await needsYou(page).getByText('The database snapback_1f7b6d0e could not be dropped.').waitFor();
    await page.getByRole('slider').first().waitFor();
    expect(await needsYou(page).getByRole('listitem').count()).toBe(4);
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'overview');
    await page.context().close();
    expect(console.complaints).toEqual([]);
  });

  it('shows thirty days of each environment, to the eye, to the keyboard and to who cannot see them', async () => {
    const page = await console.open('/');
    const strip = rowOf(page, 'review').getByRole('slider');
    await strip.waitFor();
    expect(await strip.getAttribute('aria-label')).toMatch(/^30 days: (\d+ (proven|taken|failed|nothing)(, )?)+$/);
    const today = await strip.getAttribute('aria-valuetext');
    expect(today).toMatch(/^\w{3},? \d+ \w{3}: (taken|failed)$/);
    await strip.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await strip.getAttribute('aria-valuenow')).toBe('29');
    expect(await strip.getAttribute('aria-valuetext')).toMatch(/: (proven|taken)$/);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    expect(await strip.getAttribute('aria-valuenow')).toBe('1');
    await page.keyboard.press('Tab');
    const box = (await strip.boundingBox())!;
    await page.mouse.move(box.x + box.width - 2, box.y + 5);
    await strip.getByText(today!).waitFor();
    expect(await rowOf(page, 'production').innerText()).toContain('protected');
    await page.context().close();
    expect(console.complaints).toEqual([]);
  });

  it('narrows the list by name and state, in the address, from which it comes again', async () => {
    const page = await console.open('/');
    await rowOf(page, 'staging').waitFor();
    await page.getByLabel('Filter by name').fill('webshop stag');
    await rowOf(page, 'production').waitFor({ state: 'detached' });
    await page.waitForURL(/[?&]q=webshop/);
    await page.getByLabel('Filter by protection').selectOption('late');
    await page.getByText('No environment is like that').waitFor();
    await page.getByRole('button', { name: 'Show all' }).first().click();
    await rowOf(page, 'production').waitFor();
    await page.context().close();
    const again = await console.open('/?state=late&q=rev');
    await rowOf(again, 'review').waitFor();
    expect(await again.getByLabel('Filter by name').inputValue()).toBe('rev');
    expect(await again.getByText('1 of 4').isVisible()).toBe(true);
    await again.context().close();
  });

  it('offers what would help, asks before it is done, and says why somebody may not', async () => {
    const reader = await console.open('/', { claims: { permissions: ['environments:read', 'snapshots:read'] } });
    const denied = needsYou(reader).getByRole('button', { name: 'Give up: left-over' });
    await denied.and(reader.locator('[aria-disabled]')).waitFor();
    await denied.focus();
    await reader.getByRole('tooltip').getByText('environments:write').waitFor();
    await reader.context().close();

    const page = await console.open('/');
    await needsYou(page).getByRole('button', { name: 'Give up: left-over' }).click();
    const dialog = page.getByRole('dialog', { name: 'Give up this left-over?' });
    await dialog.getByText('The database snapback_1f7b6d0e could not be dropped.').waitFor();
    await dialog.getByRole('button', { name: 'Give up' }).click();
    await dialog.waitFor({ state: 'detached' });
    await needsYou(page).getByText('snapback_1f7b6d0e').waitFor({ state: 'detached' });
    await page.context().close();
    expect(console.complaints).toEqual([]);
  });

  it('takes the snapshot that is missing, follows it, and says that it is protected then', async () => {
    const { place } = sample;
    const held = await holdTable(place.database.address);
    const page = await console.open('/');
    const item = needsYou(page).getByRole('listitem').filter({ hasText: 'webshop / checkout' });
    await item.getByRole('button', { name: 'Take a snapshot' }).click();
    const running = page.getByRole('region', { name: 'Running now' });
    await running.getByRole('link', { name: 'webshop / checkout' }).waitFor();
    await held.dumpIsWaiting();
    await running.getByRole('progressbar').waitFor();
    await item.getByRole('button', { name: 'Take a snapshot' }).and(page.locator('[aria-disabled]')).waitFor();
    await screenshot(page, 'overview-running');
    expect(await axeFindings(page)).toEqual([]);
    await held.release();
    await running.waitFor({ state: 'detached' });
    await rowOf(page, 'checkout').getByText('protected', { exact: true }).waitFor();
    await page.getByText('No: of 4 environments 1 is not protected and 1 is overdue.').waitFor();
    await page.context().close();
    expect(console.complaints).toEqual([]);
  });

  it('says when the organization is near what it may have, and when it has it all', async () => {
    await query(
      console.service.database,
      `INSERT INTO quotas (organization, limits) VALUES ('acme', '{"environments": 4}')`,
    );
    const page = await console.open('/');
    await page.getByText('A limit is reached: what is new is refused').waitFor();
    await page.getByText('Environments: 4 of 4.').waitFor();
    expect(await page.getByRole('link', { name: 'See the usage' }).getAttribute('href')).toBe('/usage');
    await page.context().close();
    expect(console.complaints).toEqual([]);
  });

  it('shows names as text, whatever they hold and however long they are', async () => {
    const { client, project, others } = sample;
    const path = { projectId: project.id, environmentId: others[0]!.id };
    await result(environmentUpdate({ client, path, body: { name: HOSTILE } }));
    await result(
      environmentUpdate({ client, path: { ...path, environmentId: others[1]!.id }, body: { name: 'x'.repeat(100) } }),
    );
    const page = await console.open('/', { phone: true });
    await rowOf(page, HOSTILE).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await screenshot(page, 'overview-phone-long');
    await page.context().close();
    expect(console.complaints).toEqual([]);
  });

  it('says why there is nothing to show, and tries again', async () => {
    const page = await console.visit('/');
    await page.route('**/api/v1/protection*', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'Busy', status: 503, code: 'busy', detail: 'Come back.' }),
      }),
    );
    await signIn(page, testToken());
    await page.getByRole('alert').getByText('Come back.').waitFor({ timeout: 25_000 });
    await screenshot(page, 'overview-error');
    await page.unroute('**/api/v1/protection*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('table', { name: 'Environments' }).waitFor();
    await page.context().close();
    expect(console.complaints).toEqual([]);
  });
});
