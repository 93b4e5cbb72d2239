import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { HOSTILE, HOSTILE_SEEN } from './contents-sample.js';
import { axeFindings, goTo, overflow } from './in-page.js';
import { pictures } from './pictures.js';
import { planOf } from './rollback-sample.js';

/** Each takes a second or two; beside others that keep the processors busy, many times that. */
const LONGEST_MS = 120_000;
/** More than a page has. */
const MANY = 150;
const UNKNOWN = '0d4a9c1e-6f0e-4a6e-9c57-8a2f6d0c1b11';

let console: ConsoleUnderTest;
let place: TestEnvironment;
let beside: TestEnvironment;
let before: SnapshotDetails;
let after: SnapshotDetails;
let same: SnapshotDetails;
let elsewhere: SnapshotDetails;
let foreign: SnapshotDetails;
let page: Page;

beforeAll(async () => {
  console = await startConsole();
  const { service } = console;
  const client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { name: 'checkout', type: 'staging' });
  const { project, database, filestorePath: root } = place;
  beside = await createTestEnvironment(client, service.filestoreRoot, { project, name: 'review', type: 'development' });
  const other = await createTestEnvironment(client, service.filestoreRoot);
  await query(
    database.address,
    `CREATE TABLE gone (id int); INSERT INTO gone VALUES (1), (2); CREATE TABLE narrowed (id int, was int); INSERT INTO narrowed VALUES (1, 1);
     CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'`,
  );
  before = await takeSnapshot(client, place.environment.id, { type: 'full', label: 'before 17.0' });
  await query(
    database.address,
    `INSERT INTO items VALUES (101, 'new'), (102, 'new'); DELETE FROM items WHERE id <= 3; UPDATE items SET name = 'other' WHERE id = 50;
     DROP TABLE gone; ALTER TABLE narrowed DROP COLUMN was; CREATE INDEX by_name ON items (name);
     CREATE TABLE "<b>odd\u202e" (id int); INSERT INTO "<b>odd\u202e" VALUES (1), (2), (3);
     CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n + n -- <i>\u202e'`,
  );
  await writeFile(join(root, 'a.txt'), 'longer content');
  await chmod(join(root, 'empty'), 0o600);
  await rm(join(root, 'sub', 'b.txt'));
  await writeFile(join(root, HOSTILE), 'hostile');
  after = await takeSnapshot(client, place.environment.id, { type: 'full', label: 'after 17.0' });
  same = await takeSnapshot(client, place.environment.id);
  for (let n = 0; n < MANY; n += 1) await writeFile(join(beside.filestorePath, `entry ${n}`), '');
  elsewhere = await takeSnapshot(client, beside.environment.id);
  foreign = await takeSnapshot(client, other.environment.id);
  page = await console.open(addressOf(before));
}, LONGEST_MS);
afterAll(() => console.stop());

const addressOf = ({ environmentId, projectId, id }: SnapshotDetails) =>
  `/projects/${projectId}/environments/${environmentId}/snapshots/${id}`;
const compared = (from: SnapshotDetails, to: SnapshotDetails | string, more = '') =>
  `${addressOf(from)}/compare?with=${typeof to === 'string' ? to : to.id}${more}`;
const says = (text: string | RegExp, on = page) => on.getByText(text).first().waitFor();
const list = (name: string, on = page) => on.getByRole('table', { name, exact: true });
const rowOf = (table: string, name: string, on = page) => list(table, on).getByRole('row').filter({ hasText: name });
const searchOf = (on: Page) => Object.fromEntries(new URL(on.url()).searchParams);
const counts = async (part: string) => {
  const row = list('Changes, counted').getByRole('row').filter({ hasText: part });
  return (await row.getByRole('cell').allTextContents()).slice(0, 3);
};

describe('two snapshots', { timeout: LONGEST_MS }, () => {
  it('are compared from the page of one, by default with the newest, and which way round is said', async () => {
    await page.getByRole('navigation', { name: 'Look inside' }).getByRole('link', { name: 'Compare' }).click();
    await page.getByRole('heading', { level: 1, name: 'Comparison of before 17.0' }).waitFor();
    await says(/^From ‘before 17\.0’ of \d+ \w+ \d{4}, \d\d:\d\d to the snapshot of .* later\.$/);
    await list('Changes, counted').waitFor();
    expect(await counts('Tables')).toEqual(['1', '1', '2']);
    expect(await counts('Files')).toEqual(['1', '1', '2']);
    expect(await counts('Definitions')).toEqual(['2', '1', '2']);
    await page.getByRole('link', { name: 'Turn round' }).click();
    await page.getByRole('heading', { level: 1, name: 'Comparison of' }).and(page.locator(':focus')).waitFor();
    await says(/earlier: what was made in between counts as removed\.$/);
    await list('Changes, counted').waitFor();
    expect(searchOf(page)).toEqual({ with: before.id });
    expect(new URL(page.url()).pathname).toBe(`${addressOf(same)}/compare`);
    // Of the newest, the one before it is what it is compared with.
    await goTo(page, `${addressOf(same)}/compare`);
    await says('Nothing has changed');
    await says(/to ‘after 17\.0’ of .* earlier/);
    await pictures(page, 'compare-same');
    expect(console.complaints).toEqual([]);
  });

  it('are compared by their definitions, whose lines are told apart by more than their colour', async () => {
    await goTo(page, compared(before, after));
    await page.getByRole('heading', { level: 2, name: '5 definitions' }).waitFor();
    const diff = page.getByRole('group', { name: 'What has changed of the function' });
    await diff.getByText('removed: source: SELECT n * 2').waitFor();
    await diff.getByText('added: source: SELECT n + n -- <i>\\u202e').waitFor();
    expect(await diff.getByText('+', { exact: true }).count()).toBe(1);
    expect(await page.locator('main b, main i').count()).toBe(0);
    const index = rowOf('Definitions', 'public.by_name');
    expect((await index.getByRole('cell').allTextContents()).slice(1, 3)).toEqual(['Kindindex', 'Change+added']);
    await index.getByRole('button').press('Enter');
    await index.getByRole('group').waitFor({ state: 'detached' });
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'compare-definitions');
    expect(console.complaints).toEqual([]);
  });

  it('are compared by the rows of their tables, as far as they were looked at', async () => {
    await page.getByRole('link', { name: 'Tables', exact: true }).click();
    await page.getByRole('heading', { level: 2, name: '4 tables' }).waitFor();
    expect(searchOf(page)).toEqual({ with: after.id, part: 'tables' });
    const cells = (name: string) => rowOf('Tables', name).getByRole('cell').allTextContents();
    const said = 'Rows';
    expect((await cells('items')).slice(1)).toEqual([
      'Change±changed',
      `${said}2 added, 3 removed, 1 changed`,
      'In all100 → 99',
    ]);
    expect((await cells('<b>odd\\u202e')).slice(1)).toEqual(['Change+added', `${said}3 added`, 'In all– → 3']);
    expect((await cells('gone')).slice(1)).toEqual(['Change−removed', `${said}2 removed`, 'In all2 → –']);
    expect((await cells('narrowed'))[2]).toBe(`${said}parts have changed; rows were not looked at`);
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'compare-tables');
  });

  it('are compared by their files, each with what of it has changed and where it is', async () => {
    await page.getByRole('link', { name: 'Files', exact: true }).click();
    await page.getByRole('heading', { level: 2, name: '4 files' }).waitFor();
    const cells = async (name: string) => (await rowOf('Files', name).getByRole('cell').allTextContents()).slice(1, 4);
    const said = 'What of it';
    expect(await cells('a.txt')).toEqual(['Change±changed', `${said}content, time`, 'Size6 B → 14 B']);
    expect(await cells('empty')).toEqual(['Change±changed', `${said}permissions`, 'Size0 B']);
    expect(await cells('sub/b.txt')).toEqual(['Change−removed', `${said}all of it`, 'Size5 B → –']);
    expect(await cells(HOSTILE_SEEN)).toEqual(['Change+added', `${said}all of it`, 'Size– → 7 B']);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    const empty = rowOf('Files', 'empty');
    await empty.getByRole('button').press('Enter');
    await empty.getByText('rw-r--r-- (0644)').waitFor();
    await empty.getByText('rw------- (0600)').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'compare-files');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 860 });
    await empty.getByRole('link', { name: 'file in this snapshot' }).last().click();
    await page.getByRole('heading', { level: 1, name: 'Files of after 17.0' }).waitFor();
    await page.getByRole('heading', { level: 2, name: 'empty' }).waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('are chosen as elsewhere, also among those of other environments of the project', async () => {
    await goTo(page, compared(after, same));
    await says('Nothing has changed');
    await page.getByRole('button', { name: 'Choose the other snapshot' }).press('Enter');
    await page.getByRole('combobox', { name: 'By label or id' }).fill('before 17');
    await page.getByRole('option', { name: 'before 17.0' }).waitFor();
    await page.getByRole('combobox', { name: 'By label or id' }).press('Enter');
    await page.getByRole('heading', { level: 2, name: '5 definitions' }).waitFor();
    expect(searchOf(page)).toEqual({ with: before.id });
    await page.getByRole('button', { name: 'Choose the other snapshot' }).click();
    await page.getByLabel('Of the environment').selectOption({ label: 'review (development)' });
    await page.getByRole('listbox').getByRole('option').first().click();
    await says(/· of review$/);
    expect(searchOf(page)).toEqual({ with: elsewhere.id, environment: beside.environment.id });
    await page.getByRole('link', { name: 'Turn round' }).click();
    await says(/· of checkout$/);
    await list('Changes, counted').waitFor();
    expect(searchOf(page)).toEqual({ with: after.id, environment: place.environment.id });
    expect(console.complaints).toEqual([]);
  });

  it('are listed page by page as one scrolls', async () => {
    await goTo(page, compared(after, elsewhere, `&environment=${beside.environment.id}&part=files`));
    await page.getByRole('heading', { level: 2, name: 'More than 100 files' }).waitFor();
    // Beside those that are there only: what was changed, added and removed where it is compared with.
    const all = page.getByRole('heading', { level: 2, name: `${MANY + 4} files` });
    await expect
      .poll(
        async () => {
          await page.evaluate('document.scrollingElement.scrollTo(0, document.scrollingElement.scrollHeight)');
          return all.count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    await rowOf('Files', 'sub/b.txt').waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('lead from the page of one to what has changed since the one before', async () => {
    await goTo(page, addressOf(after));
    await page.getByRole('link', { name: 'What has changed since' }).click();
    await page.getByRole('heading', { level: 1, name: 'Comparison of before 17.0' }).waitFor();
    expect(searchOf(page)).toEqual({ with: after.id });
    await page.getByRole('heading', { level: 2, name: '5 definitions' }).waitFor();
  });

  it('are not compared when one is of another project, not there, not completed or damaged, or there is no other', async () => {
    for (const other of [foreign.id, UNKNOWN]) {
      await goTo(page, compared(before, other));
      await says('There is no such snapshot to compare with');
    }
    await pictures(page, 'compare-nowhere');
    await goTo(page, compared({ ...before, id: UNKNOWN }, after));
    await page.getByRole('heading', { level: 1, name: 'There is no such snapshot' }).waitFor();
    await goTo(page, compared(before, 'nonsense'));
    await page.getByRole('alert').filter({ hasText: 'validation-failed' }).waitFor();
    const planted = async (status: string) => {
      const [row] = await query<{ id: string }>(
        console.service.database,
        `INSERT INTO snapshots (id, environment_id, project_id, type, trigger, status, requested_by, created_at, started_at, finished_at, restorability_findings)
         SELECT gen_random_uuid(), environment_id, project_id, type, trigger, '${status}', requested_by, created_at - interval '1 day', started_at - interval '1 day',
                finished_at - interval '1 day', '[]' FROM snapshots WHERE id = '${before.id}' RETURNING id`,
      );
      return { ...before, id: row!.id };
    };
    const failed = await planted('failed');
    await goTo(page, compared(before, failed));
    await says('There is nothing to compare with yet');
    await goTo(page, compared(failed, before));
    await says('The snapshot is failed; only a completed one can be looked into.');
    // Of one that is a row alone the vault has nothing.
    await goTo(page, compared(before, await planted('completed')));
    await page.getByRole('alert').filter({ hasText: 'One of the two snapshots is damaged' }).waitFor();
    await pictures(page, 'compare-damaged');
    await goTo(page, `${addressOf(elsewhere)}/compare`);
    await says('There is no other snapshot to compare with');
    await pictures(page, 'compare-alone');
    expect(console.complaints).toEqual([]);
  });
});

describe('the plan of a rollback', { timeout: LONGEST_MS }, () => {
  const card = (on: Page) => on.getByRole('region', { name: 'What would be lost, and what comes back' });

  it('says what would be lost and what comes back, as of the newest snapshot, and leads to all of it', async () => {
    const plan = await console.open(`${planOf(place.environment)}?snapshot=${before.id}`);
    await card(plan).getByText('2 definitions, 1 table and 1 file').waitFor();
    const facts = await card(plan).locator('dd').allTextContents();
    expect(facts).toEqual([
      '2 definitions, 1 table and 1 file',
      '1 definition, 1 table and 1 file',
      '2 definitions, 2 tables and 2 files',
    ]);
    await card(plan)
      .getByText(/^Compared with the snapshot of .*, the newest; what was written since is not in this\./)
      .waitFor();
    expect(await axeFindings(plan)).toEqual([]);
    await pictures(plan, 'rollback-plan-lost');
    await card(plan).getByRole('link', { name: 'All that differs' }).click();
    await says(/^From the snapshot of .* to ‘before 17\.0’/, plan);
    expect(searchOf(plan)).toEqual({ with: before.id });
    expect(console.complaints).toEqual([]);
  });

  it('does not wait for that, and goes without it where it cannot be had', async () => {
    const plan = await console.open('/operations');
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await plan.route('**/compare?*', async (route) => {
      await released;
      await route.fulfill({ status: 409, contentType: 'application/problem+json', json: DAMAGED });
    });
    await goTo(plan, `${planOf(place.environment)}?snapshot=${before.id}`);
    await plan.getByText('Step by step').waitFor();
    await card(plan).waitFor();
    release();
    await card(plan).waitFor({ state: 'detached' });
    await plan.getByText('Step by step').waitFor();
    // What is gone back to is the newest: of what was written since nothing is known.
    await goTo(plan, `${planOf(place.environment)}?snapshot=${same.id}`);
    await plan.getByText(/goes back to a manual snapshot/).waitFor();
    expect(await card(plan).count()).toBe(0);
    expect(console.complaints).toEqual([]);
  });
});

const DAMAGED = {
  ...{ type: 'about:blank', title: 'Snapshot is damaged', status: 409, detail: 'It is damaged.' },
  ...{ code: 'snapshot-damaged', requestId: UNKNOWN },
};
