import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { HOSTILE, HOSTILE_SEEN } from './contents-sample.js';
import { axeFindings, goTo, overflow } from './in-page.js';
import { pictures } from './pictures.js';

const LONGEST_MS = 120_000;
const NARROWEST = { width: 320, height: 700 };

let console: ConsoleUnderTest;
let place: TestEnvironment;
let page: Page;
let environment: string;
let snapshot: string;
let schema: string;

beforeAll(async () => {
  console = await startConsole();
  const client = console.service.client();
  place = await createTestEnvironment(client, console.service.filestoreRoot, {
    name: 'shop live',
    type: 'production',
    undoMinutes: 60,
  });
  await mkdir(join(place.filestorePath, 'docs'));
  await writeFile(join(place.filestorePath, 'docs', 'plan.pdf'), 'the plan');
  await writeFile(join(place.filestorePath, HOSTILE), 'hostile');
  const { id } = await takeSnapshot(client, place.environment.id, { label: 'before 17.0' });
  environment = `/projects/${place.environment.projectId}/environments/${place.environment.id}`;
  snapshot = `${environment}/snapshots/${id}`;
  schema = `restored_${id.replaceAll('-', '')}`;
  page = await console.open(`${snapshot}/files`);
}, LONGEST_MS);
afterAll(async () => {
  await console.stop();
  await place.database.drop();
});

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const card = (title: string) => page.getByRole('region', { name: title });
const typeName = () =>
  dialog()
    .getByLabel(/^Type shop live/)
    .fill('shop live');

/** Fits on the narrowest of phones, and has no barrier. */
async function looksWell(name: string): Promise<void> {
  await page.setViewportSize(NARROWEST);
  expect([name, await overflow(page)]).toEqual([name, 0]);
  await page.setViewportSize({ width: 1280, height: 860 });
  expect([name, await axeFindings(page)]).toEqual([name, []]);
  await pictures(page, name);
}

describe('a file of a snapshot', { timeout: LONGEST_MS }, () => {
  it('is put beside what has its name, and it is said where', async () => {
    await button(`Restore ${HOSTILE_SEEN}`).click();
    await dialog().getByRole('radio', { name: 'Beside what is there' }).waitFor();
    await looksWell('items-restore-dialog');
    await dialog().getByRole('button', { name: 'Restore', exact: true }).click();
    await card('It is restored').getByText('is there as').waitFor();
    const text = await card('It is restored').getByRole('listitem').textContent();
    expect(text).toMatch(new RegExp(`^.*gpj\\.exe is there as .*gpj\\.exe\\.restored-\\d{8}T\\d{6}Z\\.$`));
    expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
    await looksWell('items-restored');
    expect((await readdir(place.filestorePath)).filter((name) => name.startsWith(HOSTILE))).toHaveLength(2);
  });

  it('takes the place of what is there, in production once its name is typed, which comes back by an undo', async () => {
    const file = join(place.filestorePath, 'docs', 'plan.pdf');
    await writeFile(file, 'another plan');
    await goTo(page, `${snapshot}/files?path=docs/plan.pdf`);
    await button('Restore…').click();
    await dialog().getByRole('radio', { name: 'In its place' }).check();
    const restore = dialog().getByRole('button', { name: 'Restore', exact: true });
    expect(await restore.getAttribute('aria-disabled')).toBe('true');
    await typeName();
    await looksWell('items-in-place');
    await restore.click();
    await card('It is restored').getByText('what was there is kept for an undo').waitFor();
    expect(await readFile(file, 'utf8')).toBe('the plan');
    await card('It is restored').getByRole('button', { name: 'Undo…' }).click();
    await typeName();
    await looksWell('items-undo');
    await dialog().getByRole('button', { name: 'Take it back' }).click();
    await card('It was taken back').getByText('Everything is as it was before.').waitFor();
    expect(await readFile(file, 'utf8')).toBe('another plan');
    expect(console.complaints).toEqual([]);
  });

  it('is not put there by who may only look, and fails with a reason', async () => {
    const viewer = await console.open(`${snapshot}/files`, { claims: { permissions: ['viewer'] } });
    const off = viewer.getByRole('button', { name: 'Restore a.txt' });
    await expect.poll(() => off.getAttribute('aria-disabled')).toBe('true');
    // What is no directory any more is in the way.
    await rm(join(place.filestorePath, 'docs'), { recursive: true });
    await writeFile(join(place.filestorePath, 'docs'), 'a file');
    await button('Restore…').click();
    await dialog().getByRole('button', { name: 'Restore', exact: true }).click();
    await card('It was not restored').getByText('item-in-the-way').waitFor();
    await looksWell('items-failed');
  });
});

describe('a table of a snapshot', { timeout: LONGEST_MS }, () => {
  it('comes back as a copy, with the SQL that looks at it, and is on the page of the environment with its undo', async () => {
    await goTo(page, `${snapshot}/tables`);
    await button('Restore a copy of public.items').click();
    await dialog().getByText(`${schema}.items`).waitFor();
    await looksWell('items-table-dialog');
    await dialog().getByRole('button', { name: 'Restore', exact: true }).click();
    const sql = card('It is restored').getByRole('group', { name: 'the SQL to look at it' });
    expect(await sql.textContent()).toBe(`SELECT * FROM ${schema}.items;`);
    await looksWell('items-table');
    expect(await query(place.database.address, (await sql.textContent())!)).toHaveLength(100);

    await goTo(page, environment);
    const list = page.getByRole('table', { name: 'Taken out of snapshots' });
    const row = list.getByRole('row').filter({ hasText: 'public.items' });
    await row.getByRole('button', { name: 'public.items' }).click();
    await list.getByText(`SELECT * FROM ${schema}.items;`).waitFor();
    await list.getByRole('row').filter({ hasText: 'failed' }).waitFor();
    await looksWell('items-list');
    await row.getByRole('button', { name: 'Undo…' }).click();
    await dialog()
      .getByText(/Restored tables are dropped/)
      .waitFor();
    await typeName();
    await dialog().getByRole('button', { name: 'Take it back' }).click();
    await row.getByText('undone', { exact: true }).waitFor();
    await expect(query(place.database.address, `SELECT FROM ${schema}.items`)).rejects.toThrow(schema);
    expect(console.complaints).toEqual([]);
  });
});
