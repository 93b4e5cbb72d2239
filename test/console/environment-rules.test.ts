import { randomUUID } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Snapback } from '../../sdk/typescript/index.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { testToken } from '../harness/tokens.js';
import { DESKTOP, startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { barriers, goTo, overflow } from './in-page.js';
import { pictures } from './pictures.js';

const LONGEST_MS = 120_000;
const NARROWEST = { width: 320, height: 700 };

let console: ConsoleUnderTest;
let snapback: Snapback;
let place: TestEnvironment;
let page: Page;
let environment: string;
let snapshotId: string;

beforeAll(async () => {
  console = await startConsole();
  snapback = new Snapback({ baseUrl: console.service.url, token: testToken() });
  const client = console.service.client();
  place = await createTestEnvironment(client, console.service.filestoreRoot, { name: 'shop live', type: 'production' });
  await writeFile(join(place.filestorePath, 'secret.key'), 'a secret');
  snapshotId = (await takeSnapshot(client, place.environment.id, { label: 'before 17.0' })).id;
  await query(place.database.address, 'ALTER ROLE CURRENT_USER CREATEDB').catch(() => undefined);
  environment = `/projects/${place.project.id}/environments/${place.environment.id}`;
  page = await console.open(environment);
}, LONGEST_MS);
afterAll(async () => {
  await console.stop();
  await place.database.drop();
});

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const saved = () => snapback.environments.view(place.project.id, place.environment.id);

/** On the narrowest of phones. */
async function fits(name: string): Promise<void> {
  await page.setViewportSize(NARROWEST);
  // What is drawn by its width is drawn again a moment later.
  await expect.poll(async () => [name, await overflow(page)]).toEqual([name, 0]);
  await page.setViewportSize(DESKTOP);
  await pictures(page, name);
}

/** Fits, and has no barrier; in the dark the colours alone are other ones. */
async function looksWell(name: string): Promise<void> {
  await fits(name);
  expect([name, await barriers(page)]).toEqual([name, []]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect([name, await barriers(page, ['color-contrast'])]).toEqual([name, []]);
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('the rules of an environment', { timeout: LONGEST_MS }, () => {
  it('are changed by lines and rules, and what cannot be is said where it stands', async () => {
    await page.getByRole('link', { name: 'Rules', exact: true }).click();
    await page.getByText('Snapshots hold everything.').waitFor();
    await page.getByLabel('Rows of tables').fill('sessions\ncache_*');
    await page.getByLabel('Files and directories').fill('**');
    await page.getByLabel('A file that cannot be read').selectOption('warn');
    await page.getByLabel('Rules for production’s files').check();
    await button('Add a rule').click();
    const rule = page.getByRole('group', { name: 'Rule 1' });
    await rule.getByLabel('Files that these patterns name').fill('config/*.json');
    await rule.getByLabel('What becomes of them').selectOption('replace');
    await rule.getByLabel('Content').fill('{}');
    await button('Save').click();
    await page.getByText(/^It leaves out every file/).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('exclude.paths');
    await looksWell('rules-refused');
    await page.getByLabel('Files and directories').fill('tmp/');
    await button('The same on the command line').click();
    await page.getByText("--exclude-rows-of sessions 'cache_*' --exclude-paths tmp/").waitFor();
    await page.keyboard.press('Escape');
    await button('Save').click();
    await page.getByText('The rules are saved.').first().waitFor();
    await page.getByText('Snapshots leave out what 3 patterns name.').waitFor();
    expect(await saved()).toMatchObject({
      exclude: { tables: [], rowsOf: ['sessions', 'cache_*'], paths: ['tmp/'] },
      onUnreadableFile: 'warn',
      neutralizeSql: null,
      neutralizePaths: [{ paths: ['config/*.json'], action: 'replace', content: '{}' }],
      allowUnneutralized: false,
    });
    await pictures(page, 'rules');
  });

  it('lose nothing when somebody else saves meanwhile', async () => {
    await page.getByLabel('Rows of tables').fill('sessions');
    await page.getByLabel('SQL for production’s rows').fill('DELETE FROM tokens');
    const { exclude } = await saved();
    await snapback.environments.update(place.project.id, place.environment.id, {
      exclude: { ...exclude, rowsOf: [], paths: ['cache/'] },
    });
    await button('Save').click();
    const alert = page.getByRole('alert').filter({ hasText: 'Somebody else has changed this environment' });
    await alert.getByText('Files and directories: was tmp/, is now cache/').waitFor();
    await alert.getByText(/^Rows of tables: was sessions, cache_\*, is now none; yours, sessions, would/).waitFor();
    await pictures(page, 'rules-meanwhile');
    expect((await saved()).neutralizeSql).toBe(null);
    await button('Save').click();
    await page.getByText('The rules are saved.').first().waitFor();
    await expect
      .poll(saved)
      .toMatchObject({ exclude: { rowsOf: ['sessions'], paths: ['cache/'] }, neutralizeSql: 'DELETE FROM tokens' });
  });

  it('are seen by whoever may not change them', async () => {
    const viewer = await console.open(`${environment}/rules`, { claims: { permissions: ['environments:read'] } });
    await viewer.getByText('You may look at them, and not change them.').waitFor();
    expect(await viewer.getByLabel('Rows of tables').isDisabled()).toBe(true);
    expect(await viewer.getByLabel('Rows of tables').inputValue()).toBe('sessions');
  });
});

describe('a new environment from a snapshot', { timeout: LONGEST_MS }, () => {
  it('is not made from production before it is said how its data becomes harmless', async () => {
    await goTo(page, `${environment}/snapshots/${snapshotId}`);
    await page.getByRole('link', { name: 'New environment from this snapshot…' }).click();
    await page.getByText(/^The snapshot is of a production environment, and the new one is development/).waitFor();
    expect(await page.getByLabel('User').inputValue()).toBe(place.database.address.user);
    await button('Make and fill it').click();
    await page.getByText(/^Rows come from production: say/).waitFor();
    await page.getByText(/^Files come from production: say/).waitFor();
    await page.getByText('What is it called?').waitFor();
    await looksWell('new-environment-refused');
    await page.getByLabel('Accept production data as it is').check();
    await page.getByText(/^Rows come from production: say/).waitFor({ state: 'detached' });
    await page.getByLabel('Accept production data as it is').uncheck();
    await page.getByLabel('Type').selectOption('production');
    await expect.poll(() => page.getByLabel('SQL for production’s rows').count()).toBe(0);
  });

  it('is made, filled by a rollback that one sees, and says of what it was made', async () => {
    const name = `branch_${randomUUID().slice(0, 8)}`;
    const directory = join(console.service.filestoreRoot, name);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Type').selectOption('development');
    await page.getByLabel('Database', { exact: true }).fill(name);
    await page.getByLabel('Password').fill(place.database.address.password ?? '');
    await page.getByLabel('Directory').fill(place.filestorePath);
    await page.getByLabel('SQL for production’s rows').fill("UPDATE items SET name = 'somebody'");
    await page.getByLabel('Rules for production’s files').check();
    await button('Add a rule').click();
    await page.getByLabel('Files that these patterns name').fill('*.key');
    await button('Make and fill it').click();
    // What the service alone knows is said at its field, too.
    await page.getByText(/^It cannot be made/).waitFor();
    await pictures(page, 'new-environment-taken');
    await page.getByLabel('Directory').fill(directory);
    await button('The same on the command line').click();
    await page.getByText(`--database ${name}`).waitFor();
    await page.keyboard.press('Escape');
    await button('Make and fill it').click();
    await page.waitForURL('**/rollbacks/*');
    await page.getByText(/^Done: /).waitFor();
    expect(await query({ ...place.database.address, database: name }, 'SELECT max(name) AS name FROM items')).toEqual([
      { name: 'somebody' },
    ]);
    expect(await readdir(directory)).toEqual(['a.txt', 'empty', 'sub']);
    await page.getByRole('navigation', { name: 'Where this is' }).getByRole('link').click();
    const madeFrom = page.getByText(/^Made from/);
    await madeFrom.getByRole('link', { name: /before 17\.0/ }).waitFor();
    await madeFrom.getByRole('link', { name: 'the rollback that filled it' }).waitFor();
    await fits('new-environment-made');
    const { items } = await snapback.environments.list(place.project.id).first();
    const made = items.find((one) => one.name === name);
    expect(made?.provisionedFrom?.snapshotId).toBe(snapshotId);
    await snapback.environments.delete(place.project.id, made!.id, { snapshots: 'delete', data: 'delete' });
    expect(console.complaints).toEqual([]);
  });

  it('is not offered to who may not roll back', async () => {
    const permissions = ['snapshots:read', 'environments:read', 'environments:write'] as const;
    const other = await console.open(`${environment}/snapshots/${snapshotId}`, { claims: { permissions } });
    const off = other.getByRole('button', { name: 'New environment from this snapshot…' });
    await expect.poll(() => off.getAttribute('aria-disabled')).toBe('true');
  });
});
