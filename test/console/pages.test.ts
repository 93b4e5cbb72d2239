import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Snapback } from '../../sdk/typescript/index.js';
import { query } from '../harness/database.js';
import { sampleOf } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.js';
import { plantUsage, plantWebhooks } from './administration-sample.js';
import { DESKTOP, PHONE, startConsole, type ConsoleUnderTest } from './console-fixture.js';
import { axeFindings, goTo, overflow } from './in-page.js';
import { inEachLook } from './pictures.js';
import { plantSample } from './sample-history.js';

/** `PICTURES=docs/images` makes the pictures of the documents again. */
const PICTURES = process.env['PICTURES'] ?? '';

let console: ConsoleUnderTest;
let receiver: WebhookReceiver;
let page: Page;
/** In a run that draws files some of the pages are drawn, too. */
const IS_DRAWN = process.env['DRAW_FILES'] === '1';
const PAGES_DRAWN = 5;

/** By name, with a text that is there once the page is. */
let pages: [name: string, path: string, text: string | RegExp][];

beforeAll(async () => {
  console = await startConsole();
  receiver = await startWebhookReceiver();
  const sample = await plantSample(console);
  const { storied, place } = sample;
  await plantWebhooks(console.service, sample, receiver);
  await plantUsage(console.service.database, sample.project, 30);
  const snapback = new Snapback({ baseUrl: console.service.url, token: testToken() });
  const { id } = await snapback.snapshots.create(place.environment.id, { label: 'before 17.0' });
  await snapback.waitForSnapshot(place.environment.id, id);
  const { deploymentId } = await snapback.rollbacks.create(place.environment.id, { snapshotId: id });
  await snapback.waitForRollback(deploymentId);
  await query(
    place.database.address,
    `CREATE INDEX by_name ON items (name); UPDATE items SET name = 'other' WHERE id = 7`,
  );
  const later = await snapback.snapshots.create(place.environment.id, { label: 'after 17.0' });
  await snapback.waitForSnapshot(place.environment.id, later.id);
  const newest = await snapback.snapshots.list(storied.id, { status: 'completed' }).first();
  const environment = `/projects/${storied.projectId}/environments/${storied.id}`;
  const real = `/projects/${place.project.id}/environments/${place.environment.id}`;
  pages = [
    ['overview', '/', 'Environments'],
    ['environment', environment, 'Timeline'],
    ['settings', `${environment}/settings`, 'Retention'],
    ['snapshot', `${environment}/snapshots/${newest.items[2]?.id}`, 'Sizes'],
    ['tables', `${real}/snapshots/${id}/tables`, '1 table'],
    ['files', `${real}/snapshots/${id}/files`, '3 entries'],
    ['compare', `${real}/snapshots/${id}/compare?with=${later.id}`, '1 definition'],
    ['rollback-plan', `${real}/rollback?snapshot=${id}`, 'Step by step'],
    ['rollback', `/rollbacks/${deploymentId}`, /^Done: down for/],
    ['operations', '/operations', 'Operations'],
    ['audit', '/audit', 'Audit'],
    ['usage', '/usage', 'Usage'],
    ['webhooks', '/webhooks', 'Webhooks'],
    ['access', '/access', 'Access'],
  ];
  page = await console.open('/');
});
afterAll(async () => {
  await console.stop();
  await receiver.close();
});

it('every page is whole in both colours, on a desk and on a phone, and without barriers', async () => {
  const wrong: string[] = [];
  for (const [name, path, text] of IS_DRAWN ? sampleOf(pages, PAGES_DRAWN) : pages) {
    await goTo(page, path);
    await page.getByText(text).first().waitFor();
    await page.locator('[role=status]:has-text("Loading")').first().waitFor({ state: 'detached' });
    await picture(name);
    wrong.push(...(await axeFindings(page)).map((line) => `${name}: ${line}`));
    await page.setViewportSize(PHONE);
    if ((await overflow(page)) > 0) wrong.push(`${name} is wider than a phone.`);
    await page.setViewportSize(DESKTOP);
  }
  expect(wrong).toEqual([]);
  expect(console.complaints).toEqual([]);
}, 180_000);

async function picture(name: string): Promise<void> {
  if (PICTURES === '') return;
  await mkdir(PICTURES, { recursive: true });
  await inEachLook(page, (look) =>
    page.screenshot({ path: join(PICTURES, `${name}${look}.png`), animations: 'disabled' }),
  );
}
