import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentUpdate, snapshotExportList } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { axeFindings, goTo, overflow } from './in-page.js';
import { pictures } from './pictures.js';

const LONGEST_MS = 120_000;
const NARROWEST = { width: 320, height: 700 };

let console: ConsoleUnderTest;
let place: TestEnvironment;
let staging: TestEnvironment;
let page: Page;
let environment: string;
let snapshot: string;

beforeAll(async () => {
  console = await startConsole();
  const client = console.service.client();
  const root = console.service.filestoreRoot;
  place = await createTestEnvironment(client, root, { name: 'shop live', type: 'production' });
  staging = await createTestEnvironment(client, root, { name: 'staging', type: 'staging', project: place.project });
  const { id: environmentId, projectId } = staging.environment;
  const body = { neutralizeSql: "UPDATE items SET name = 'somebody'", neutralizePaths: [] };
  await result(environmentUpdate({ client, path: { projectId, environmentId }, body }));
  const { id } = await takeSnapshot(client, place.environment.id, { label: 'before 17.0' });
  environment = `/projects/${projectId}/environments/${place.environment.id}`;
  snapshot = `${environment}/snapshots/${id}`;
  page = await console.open(snapshot);
}, LONGEST_MS);
afterAll(async () => {
  await console.stop();
  await place.database.drop();
  await staging.database.drop();
});

const dialog = (on = page) => on.getByRole('dialog');
const exports = (on = page) => on.getByRole('table', { name: 'Exports' });
const open = (on = page) => on.getByRole('button', { name: 'Export…', exact: true }).click();
const send = (on = page) => dialog(on).getByRole('button', { name: 'Export', exact: true });
const done = (on = page) => exports(on).getByText('completed', { exact: true }).first().waitFor();

/** Fits on the narrowest of phones, and has no barrier. */
async function looksWell(name: string): Promise<void> {
  await page.setViewportSize(NARROWEST);
  // A chart is drawn anew for another width.
  await expect.poll(() => overflow(page), { message: name }).toBe(0);
  await page.setViewportSize({ width: 1280, height: 860 });
  expect([name, await axeFindings(page)]).toEqual([name, []]);
  await pictures(page, name);
}

describe('a snapshot', { timeout: LONGEST_MS }, () => {
  it('is exported, downloaded to the byte, and its file is removed', async () => {
    await open();
    await dialog().getByLabel('For what').selectOption("for Odoo's database manager");
    expect(await dialog().getByLabel('Archive').isDisabled()).toBe(true);
    await dialog().getByLabel('For what').selectOption('for pg_restore');
    await dialog().getByLabel('Archive').selectOption('tar.zst');
    await looksWell('export-dialog');
    await send().click();
    await done();
    const path = { environmentId: place.environment.id };
    const { items } = await result(snapshotExportList({ client: console.service.client(), path }));
    expect(items).toMatchObject([{ layout: 'directory', format: 'tar_zst', neutralizedFor: null }]);
    const { fileName, sha256 } = items[0]!;
    // What runs is open by itself, and closed when it has ended.
    await exports().getByRole('row').nth(1).getByRole('button').first().click();
    await exports().getByText(sha256!).waitFor();
    await looksWell('export-completed');

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download ${fileName}` }).click(),
    ]);
    const kept = await readFile(await download.path());
    expect([download.suggestedFilename(), createHash('sha256').update(kept).digest('hex')]).toEqual([fileName, sha256]);

    await exports().getByRole('button', { name: 'Remove…' }).click();
    await dialog().getByRole('button', { name: 'Remove it' }).click();
    await exports().getByText('removed', { exact: true }).waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('of production is exported only harmless by who may not have its data, who downloads nothing else', async () => {
    const whole = await console.open(snapshot);
    await open(whole);
    await send(whole).click();
    await done(whole);

    const operator = await console.open(snapshot, { claims: { permissions: ['operator'] } });
    const download = operator.getByRole('button', { name: /^Download / });
    await done(operator);
    expect(await download.getAttribute('aria-disabled')).toBe('true');
    await open(operator);
    await expect.poll(() => send(operator).getAttribute('aria-disabled')).toBe('true');
    await dialog(operator).getByLabel('Made harmless').selectOption('as for staging');
    await expect.poll(() => send(operator).getAttribute('aria-disabled')).toBeNull();
    await send(operator).click();
    await download.nth(1).waitFor();
    expect(await download.first().getAttribute('aria-disabled')).toBeNull();
  });

  it('that cannot be exported says why, and what can is on the page of the environment', async () => {
    await open();
    await dialog().getByLabel('For what').selectOption("for Odoo's database manager");
    await send().click();
    const failed = exports().getByRole('row').filter({ hasText: 'failed' });
    await failed.getByRole('button').first().click();
    await exports().getByText('The database is not one of Odoo').waitFor();
    await goTo(page, environment);
    await exports().getByText('failed', { exact: true }).waitFor();
    await exports().getByText('removed', { exact: true }).waitFor();
    await looksWell('exports-of-environment');
    expect(console.complaints).toEqual([]);
  });
});
