import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../harness/database.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { HOSTILE_SEEN, HUGE_BYTES, LARGE_BYTES, NO_UTF8, PICTURE, takeContents } from './contents-sample.js';
import type { ContentsSample } from './contents-sample.js';
import { axeFindings, goTo, overflow } from './in-page.js';
import { pictures } from './pictures.js';
import { plantSample } from './sample-history.js';

/** Each takes a second or two; beside others that keep the processors busy, many times that. */
const LONGEST_MS = 120_000;
const UNSEEN = /[\p{Cc}\p{Cf}]/u;

let console: ConsoleUnderTest;
let sample: ContentsSample;
let page: Page;

beforeAll(async () => {
  console = await startConsole();
  sample = await takeContents(console.service, 'staging');
  page = await console.open(sample.address);
}, LONGEST_MS);
afterAll(() => console.stop());

const says = (text: string | RegExp, on = page) => on.getByText(text).first().waitFor();
const rowOf = (name: string | RegExp, on = page) => on.getByRole('row').filter({ hasText: name });
const crumb = () => page.getByRole('navigation', { name: 'Directory' }).locator('[aria-current]');
const searchOf = (on: Page) => Object.fromEntries(new URL(on.url()).searchParams);

async function downloaded(start: () => Promise<void>, on = page): Promise<{ download: Download; bytes: Buffer }> {
  const [download] = await Promise.all([on.waitForEvent('download'), start()]);
  return { download, bytes: await readFile(await download.path()) };
}

describe('the tables of a snapshot', { timeout: LONGEST_MS }, () => {
  it('are led to from its page, and say what was read of them and since when the others are unchanged', async () => {
    await page.getByRole('navigation', { name: 'Look inside' }).getByRole('link', { name: 'Tables' }).click();
    await page.getByRole('heading', { level: 1, name: 'Tables of before 17.0' }).waitFor();
    await page.getByRole('heading', { level: 2, name: '3 tables' }).waitFor();
    const cells = async (name: string) => (await rowOf(name).getByRole('cell').allTextContents()).slice(0, 5);
    expect(await cells('items')).toEqual([
      'public.items',
      'Rows100',
      expect.stringMatching(/^As text1\.\d\d KiB$/),
      'Segments1 read',
      'Unchanged since–',
    ]);
    const [, rows, , segments, since] = await cells('orders');
    expect([rows, segments]).toEqual(['Rows12,345', 'Segments1 carried over']);
    expect(since).toMatch(/ago|just now/);
    await rowOf('orders')
      .getByRole('button', { name: /^shop\.orders/ })
      .click();
    await rowOf('orders').getByText('placed_at').waitFor();
    await rowOf('<b>odd\\u202e').waitFor();
    expect(await page.locator('main b').count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'tables');
  });

  it('are found by name, which stands in the address', async () => {
    await page.getByLabel('Search in the names').fill('SHOP.ord');
    await page.getByRole('heading', { level: 2, name: '1 table' }).waitFor();
    expect(searchOf(page)).toEqual({ search: 'SHOP.ord' });
    await page.getByLabel('Search in the names').fill('nowhere');
    await says('No table is called like that');
    await page.getByRole('button', { name: 'Show all tables' }).click();
    await page.getByRole('heading', { level: 2, name: '3 tables' }).waitFor();
    expect(console.complaints).toEqual([]);
  });
});

describe('the files of a snapshot', { timeout: LONGEST_MS }, () => {
  it('are walked into and out of by keyboard, each directory at an address of its own', async () => {
    await goTo(page, `${sample.address}/files`);
    await page.getByRole('heading', { level: 1, name: 'Files of before 17.0' }).waitFor();
    await rowOf('outward').getByText('leads to ../../outside').waitFor();
    await pictures(page, 'files');
    await page.getByRole('link', { name: 'attachments' }).focus();
    await page.keyboard.press('Enter');
    const file = rowOf('invoice 17.pdf');
    await file.waitFor();
    expect(searchOf(page)).toEqual({ path: 'attachments' });
    expect(await crumb().textContent()).toBe('attachments');
    // Whoever works by keyboard goes on from where they are.
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('attachments');
    expect((await file.getByRole('cell').allTextContents()).slice(0, 5)).toEqual([
      'invoice 17.pdf',
      'Kindfile',
      'Size7 B',
      expect.stringMatching(/^Changed.*(ago|now)$/),
      'Permissionsrw-r-----',
    ]);
    await page.getByRole('link', { name: '2026' }).press('Enter');
    await rowOf('picture.png').waitFor();
    expect(new URL(page.url()).search).toBe('?path=attachments%2F2026');
    await page.getByRole('link', { name: 'Filestore' }).press('Enter');
    await rowOf('outward').waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('are called what they are called, and that is text: nothing of it is run, hidden or turned', async () => {
    await goTo(page, `${sample.address}/files`);
    const row = rowOf(HOSTILE_SEEN);
    await row.waitFor();
    await row.getByRole('button', { name: HOSTILE_SEEN, exact: true }).click();
    await row.getByText('rw-r--r-- (0644)').waitFor();
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    const shown = (await page.locator('main').textContent()) ?? '';
    // A command has lines.
    expect(shown.replaceAll('\n', '')).not.toMatch(UNSEEN);
    // What is pasted into a terminal has none of it either.
    expect(await row.getByRole('group', { name: 'the command' }).textContent()).toContain('two%0Alines+%1B%5B31m');
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'files-hostile');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 860 });
    expect(console.complaints).toEqual([]);
  });

  it('are found in directories whose names are no text, and downloaded from there', async () => {
    await goTo(page, `${sample.address}/files`);
    await page.getByRole('link', { name: 'b\ufffd' }).click();
    const row = rowOf('\ufffd.t');
    await row.waitFor();
    expect(searchOf(page)).toEqual({ pathBase64: NO_UTF8[0].toString('base64') });
    const { bytes } = await downloaded(() => row.getByRole('button', { name: /^Download/ }).click());
    expect(bytes.toString()).toBe('bytes');
    await row.getByRole('button').first().click();
    await row.getByRole('link', { name: 'a page of its own' }).click();
    await page.getByRole('heading', { level: 2, name: '\ufffd.t' }).waitFor();
    const both = Buffer.concat([NO_UTF8[0], Buffer.from('/'), NO_UTF8[1]]);
    expect(searchOf(page)).toEqual({ pathBase64: both.toString('base64') });
  });

  it('are searched in a directory and below it, and what was found leads to where it is', async () => {
    await goTo(page, `${sample.address}/files?path=attachments`);
    await page.getByLabel('Search in this directory and below').fill('PIC');
    await page.getByRole('heading', { level: 2, name: '1 entry' }).waitFor();
    expect(searchOf(page)).toEqual({ path: 'attachments', search: 'PIC' });
    await pictures(page, 'files-search');
    await rowOf('picture.png').getByRole('link', { name: '2026' }).click();
    await page.getByRole('heading', { level: 2, name: '1 entry' }).waitFor();
    expect(searchOf(page)).toEqual({ path: 'attachments/2026' });
    const other = await console.open(`${sample.address}/files?path=attachments&search=nowhere`);
    await says('Nothing here or below is called like that', other);
    expect(await other.getByLabel('Search in this directory and below').inputValue()).toBe('nowhere');
  });

  it('come page by page as one scrolls', async () => {
    await goTo(page, `${sample.address}/files?path=many`);
    await page.getByRole('heading', { level: 2, name: 'More than 100 entries' }).waitFor();
    const last = page.getByRole('table', { name: 'Files' }).getByRole('row').last();
    // More is asked for again and again, until all of them are there.
    await expect
      .poll(
        async () => {
          await page.evaluate(
            `for (const one of [document.scrollingElement, document.querySelector('[role=table]')]) one.scrollTo(0, one.scrollHeight)`,
          );
          return last.getAttribute('aria-rowindex');
        },
        { timeout: 20_000 },
      )
      .toBe('431');
    await page.getByRole('heading', { level: 2, name: '430 entries' }).waitFor();
    await rowOf('entry 429').waitFor();
  });

  it('are looked for further by itself, and after a while by whoever wants it', async () => {
    let asked = 0;
    // A filestore of millions, of which each answer has looked at some.
    await page.route('**/files?*search=seldom*', async (route) => {
      asked += 1;
      const items = asked === 7 ? [await entry()] : [];
      const nextCursor = asked === 7 ? null : `c${asked}`;
      const total = items.length + (nextCursor === null ? 0 : 1);
      await route.fulfill({
        json: { items, total, totalIsLowerBound: nextCursor !== null, limit: 100, offset: 0, nextCursor },
      });
    });
    await goTo(page, `${sample.address}/files?search=seldom`);
    await page.getByRole('button', { name: 'Look further', exact: true }).waitFor();
    await says('Nothing yet among the names looked at so far; there are more.');
    expect(asked).toBe(5);
    await pictures(page, 'files-further');
    await page.getByRole('button', { name: 'Look further', exact: true }).click();
    await page.getByRole('heading', { level: 2, name: '1 entry' }).waitFor();
    expect(asked).toBe(7);
    expect(console.complaints).toEqual([]);
  });

  async function entry(): Promise<unknown> {
    const { address, snapshot } = sample;
    const environmentId = address.split('/')[4]!;
    const { snapshotFileView } = await import('../../sdk/typescript/generated/sdk.gen.js');
    const path = { environmentId, snapshotId: snapshot.id };
    return (await snapshotFileView({ client: console.service.client(), path, query: { path: 'a.txt' } })).data;
  }
});

describe('a file of a snapshot', { timeout: LONGEST_MS }, () => {
  it('is downloaded, to the byte, by a button in its row and on its own page', async () => {
    await goTo(page, `${sample.address}/files?path=attachments/2026`);
    const first = await downloaded(() => page.getByRole('button', { name: 'Download picture.png' }).click());
    expect([first.download.suggestedFilename(), first.bytes.equals(PICTURE)]).toEqual(['picture.png', true]);
    await says('picture.png was downloaded.');
    const own = await console.open(`${sample.address}/files?path=attachments/2026/picture.png`);
    await own.getByText(hash('sha256', PICTURE)).waitFor();
    const again = await downloaded(() => own.getByRole('button', { name: 'Download', exact: true }).click(), own);
    expect(again.bytes.equals(PICTURE)).toBe(true);
    await pictures(own, 'file');
    await goTo(page, `${sample.address}/files`);
    const hostile = await downloaded(() => page.getByRole('button', { name: `Download ${HOSTILE_SEEN}` }).click());
    expect(hostile.bytes.toString()).toBe('hostile');
    expect(hostile.download.suggestedFilename()).not.toMatch(UNSEEN);
    const nothing = await downloaded(() => page.getByRole('button', { name: 'Download empty' }).click());
    expect(nothing.bytes.length).toBe(0);
    expect(console.complaints).toEqual([]);
  });

  it('is written as it comes when it is large, into a file that the person chooses', async () => {
    // No dialog of the system is there to be pressed: the file is one of the origin's own, which is written in the same way.
    await page.evaluate(`window.showSaveFilePicker = async ({ suggestedName }) => {
      const root = await navigator.storage.getDirectory();
      return root.getFileHandle(suggestedName, { create: true });
    }`);
    await page.getByRole('button', { name: 'Download large.bin' }).click();
    await says('large.bin was downloaded.');
    const written = await page.evaluate<[number, string]>(`navigator.storage.getDirectory()
      .then((root) => root.getFileHandle('large.bin')).then((handle) => handle.getFile())
      .then(async (file) => [file.size, await file.slice(-3).text()])`);
    expect(written).toEqual([LARGE_BYTES, 'end']);
  });

  it('is left to the command line when it is too large for a page that cannot write into files', async () => {
    await page.evaluate('window.showSaveFilePicker = undefined');
    await page.getByRole('button', { name: 'Download huge.bin' }).click();
    await says('is too large for this page');
    expect(HUGE_BYTES).toBeGreaterThan(512 * 1024 * 1024);
    const command = page.getByRole('group', { name: 'the command' });
    expect(await command.textContent()).toMatch(/^snapback snapshot get [0-9a-f]{8} --env '?.*\/checkout'? huge\.bin$/);
    await pictures(page, 'files-too-large');
    await page.getByRole('button', { name: 'Close' }).click();
    await command.waitFor({ state: 'detached' });
  });

  it('can be cancelled while it comes, and says so when it was cut off', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/file/content?*a.txt', async (route) => {
      await released;
      await route.fulfill({ body: 'alp', contentType: 'text/plain' }).catch(() => undefined);
    });
    await page.getByRole('button', { name: 'Download a.txt' }).click();
    await page.getByRole('progressbar', { name: /^Downloading a\.txt/ }).waitFor();
    await pictures(page, 'files-downloading');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    release();
    await page.getByRole('button', { name: 'Download a.txt' }).click();
    await says('The download was cut off after 3 B of 6 B');
    await page.unroute('**/file/content?*a.txt');
    const { bytes } = await downloaded(() => page.getByRole('button', { name: 'Try again' }).click());
    expect(bytes.toString()).toBe('alpha\n');
    expect(console.complaints).toEqual([]);
  });
});

describe('what cannot be looked into', { timeout: LONGEST_MS }, () => {
  it('is said to be production, of which files take more than looking', async () => {
    const production = await takeContents(console.service, 'production');
    const viewer = await console.open(`${production.address}/files`, { claims: { permissions: ['viewer'] } });
    await says(/^Files of a production environment are downloaded only with the permission environments:write/, viewer);
    const button = viewer.getByRole('button', { name: 'Download a.txt' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await pictures(viewer, 'files-viewer');
    // Who may not even see what kind of environment it is has it from the service.
    const narrow = await console.open(`${production.address}/files`, { claims: { permissions: ['snapshots:read'] } });
    await narrow.getByRole('button', { name: 'Download a.txt' }).click();
    await narrow.getByRole('alert').filter({ hasText: 'permission-missing' }).waitFor();
    await says(/only with the permission environments:write/, narrow);
    expect(console.complaints).toEqual([]);
  });

  it('is said to be not completed, damaged, deleted, or not there', async () => {
    const { storied } = await plantSample(console);
    const environment = `/projects/${storied.projectId}/environments/${storied.id}`;
    // Planted ones are rows alone: the vault has nothing of them.
    const rows = await query<{ status: string; id: string }>(
      console.service.database,
      `SELECT DISTINCT ON (status) status, id FROM snapshots WHERE environment_id = '${storied.id}' ORDER BY status`,
    );
    const idOf = (status: string) => rows.find((row) => row.status === status)?.id;
    for (const what of ['tables', 'files']) {
      await goTo(page, `${environment}/snapshots/${idOf('failed')}/${what}`);
      await says('There is nothing to look into');
      await says('The snapshot is failed; only a completed one can be looked into.');
      await goTo(page, `${environment}/snapshots/${idOf('completed')}/${what}`);
      await page.getByRole('alert').filter({ hasText: 'This snapshot is damaged' }).waitFor();
      await pictures(page, `${what}-damaged`);
      await goTo(page, `${environment}/snapshots/0d4a9c1e-6f0e-4a6e-9c57-8a2f6d0c1b11/${what}`);
      await page.getByRole('heading', { level: 1, name: 'There is no such snapshot' }).waitFor();
    }
    await goTo(page, `${sample.address}/files?path=attachments/gone`);
    await says('The snapshot has nothing at this path');
    await pictures(page, 'files-nowhere');
    await page.getByRole('link', { name: 'All of the filestore' }).click();
    await rowOf('outward').waitFor();
    await goTo(page, `${sample.address}/files?path=../outside`);
    await page.getByRole('alert').filter({ hasText: 'validation-failed' }).waitFor();
    expect(console.complaints).toEqual([]);
  });
});
