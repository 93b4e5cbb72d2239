import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deploymentView,
  rollbackCreate,
  settingsUpdate,
  snapshotCreate,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { holdTable } from '../e2e/held-table.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { DESKTOP, startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { axeFindings, goTo, overflow } from './in-page.js';
import { pictures } from './pictures.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';

/** Each takes a second or two; beside others that keep the processors busy, many times that. */
const LONGEST_MS = 120_000;

let console: ConsoleUnderTest;
let sample: Sample;
let page: Page;

beforeAll(async () => {
  console = await startConsole();
  sample = await plantSample(console);
  await plantSteps();
  // Before anybody has asked for its settings.
  const path = { environmentId: sample.place.environment.id };
  await result(settingsUpdate({ client: sample.client, path, body: { maxPinned: 0, timeZone: 'Asia/Kathmandu' } }));
  page = await console.open('/operations');
});
afterAll(() => console.stop());

/** Database and filestore were read side by side; of those that failed the database was in the way. */
async function plantSteps(): Promise<void> {
  await query(
    console.service.database,
    `WITH spans (name, starts, ends) AS (VALUES ('prepare', 0, 0.05), ('database', 0.05, 0.85), ('filestore', 0.06, 0.6), ('publish', 0.85, 1))
     UPDATE snapshots SET steps = (
       SELECT jsonb_agg(jsonb_build_object('name', name, 'detail', CASE WHEN snapshots.status = 'failed' AND name = 'database' THEN failure ->> 'message' END, 'startedAt', iso(started_at + (finished_at - started_at) * starts),
                'status', CASE WHEN snapshots.status = 'failed' AND name = 'database' THEN 'failed' ELSE 'completed' END,
                'finishedAt', iso(started_at + (finished_at - started_at) * ends)))
         FROM spans WHERE snapshots.status = 'completed' OR name IN ('prepare', 'database'))
      WHERE environment_id = '${sample.storied.id}'`.replaceAll(
      /iso\(((?:[^()]|\([^()]*\))*)\)/g,
      `to_char(($1) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    ),
  );
}

/** The address of the newest planted snapshot that a condition holds for. */
async function planted(condition: string): Promise<string> {
  const { id, projectId } = sample.storied;
  const rows = await query<{ id: string }>(
    console.service.database,
    `SELECT id FROM snapshots WHERE environment_id = '${id}' AND ${condition} ORDER BY created_at DESC LIMIT 1`,
  );
  return `/projects/${projectId}/environments/${id}/snapshots/${rows[0]?.id}`;
}

const title = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const button = (name: string) => page.getByRole('button', { name, exact: true });
const dialog = (name: string | RegExp) => page.getByRole('dialog', { name });
const says = (text: string | RegExp) => page.getByText(text).first().waitFor();

describe('a snapshot of a real environment', { timeout: LONGEST_MS }, () => {
  let address: string;

  it('is watched while it is taken, and can be gone back to without loading the page again', async () => {
    const { environment, database } = sample.place;
    const table = await holdTable(database.address);
    const path = { environmentId: environment.id };
    const { id } = await result(snapshotCreate({ client: sample.client, path, body: { label: 'before 17.0' } }));
    address = `/projects/${environment.projectId}/environments/${environment.id}/snapshots/${id}`;
    await table.dumpIsWaiting();
    await goTo(page, address);
    await title('before 17.0').waitFor();
    await says('You cannot go back to this yet: it is being taken.');
    await page.getByRole('heading', { name: 'It is being taken' }).waitFor();
    await page.locator('[aria-current="step"]').waitFor();
    await pictures(page, 'snapshot-running');
    await table.release();
    await says('nothing speaks against it, and nobody has tried yet');
    expect(await page.getByRole('heading', { name: 'It is being taken' }).count()).toBe(0);
    const steps = page.getByRole('region', { name: 'How it was taken' }).getByRole('listitem');
    await steps.filter({ hasText: 'Publish' }).waitFor();
    const texts = await steps.allTextContents();
    expect(texts.map((text) => text.replace(/[\d.]+ m?s$/, '')).sort()).toEqual([
      'Database',
      'Filestore',
      'Prepare',
      'Publish',
    ]);
    await says('None: it is full, all of it was read.');
    await says('the newest completed snapshot');
    await page.getByRole('link', { name: 'Roll back to this' }).waitFor();
  });

  it('is pinned with a reason and an end in the zone of its environment, once there is room for a pin', async () => {
    const path = { environmentId: sample.place.environment.id };
    await button('Pin').click();
    await says('The settings of this environment allow no pins now.');
    await page.getByLabel('Reason').fill('audit of 2026');
    await page.getByLabel('Last day').fill('2020-01-01');
    await dialog('Pin this snapshot').getByRole('button', { name: 'Pin', exact: true }).click();
    await says('That day is over.');
    const end = `${new Date().getUTCFullYear() + 1}-06-30`;
    await page.getByLabel('Last day').fill(end);
    await dialog('Pin this snapshot').getByRole('button', { name: 'Pin', exact: true }).click();
    await says('The environment allows no pinned snapshots; raise its maxPinned.');
    await pictures(page, 'snapshot-pin-refused');
    await result(settingsUpdate({ client: sample.client, path, body: { maxPinned: 5 } }));
    await dialog('Pin this snapshot').getByRole('button', { name: 'Pin', exact: true }).click();
    await says('The snapshot is pinned.');
    await button('Change the pin').waitFor();
    const [row] = await query<{ reason: string; until: string }>(
      console.service.database,
      `SELECT pin_reason AS reason, to_char(pin_expires_at AT TIME ZONE 'Asia/Kathmandu', 'YYYY-MM-DD HH24:MI:SS') AS until
         FROM snapshots WHERE pinned_at IS NOT NULL AND environment_id = '${path.environmentId}'`,
    );
    expect(row).toEqual({ reason: 'audit of 2026', until: `${end} 23:59:59` });
  });

  it('says beforehand why a pinned one is not deleted', async () => {
    await button('Delete').click();
    const asked = dialog(/^Delete/);
    await asked.getByText('It is pinned (“audit of 2026”): unpin it first.').waitFor();
    expect(await asked.getByRole('button', { name: 'Delete it' }).getAttribute('aria-disabled')).toBe('true');
    await pictures(page, 'snapshot-delete-refused');
    await page.keyboard.press('Escape');
    await asked.waitFor({ state: 'detached' });
    // Whoever works by keyboard goes on where they were.
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Delete');
  });

  it('is verified while one watches, and proven then', async () => {
    await button('Verify').click();
    await dialog('Verify this snapshot?').getByRole('button', { name: 'Verify it' }).click();
    await page.getByRole('heading', { name: 'It is being verified' }).waitFor();
    await says(/it was restored and compared .*, and was what was captured/);
    await page.getByRole('heading', { name: 'Newest verification equal' }).waitFor();
    expect(await page.getByText('Rows', { exact: true }).locator('+ dd').textContent()).toBe('100');
    await pictures(page, 'snapshot-proven');
  });

  it('says which rollbacks have gone back to it', async () => {
    const { environment } = sample.place;
    const snapshotId = address.split('/').at(-1) ?? '';
    const body = { snapshotId, createSafetySnapshot: false };
    const path = { environmentId: environment.id };
    const { deploymentId } = await result(rollbackCreate({ client: sample.client, path, body }));
    await waitUntil('it has gone back', async () => {
      const { status } = await result(deploymentView({ client: sample.client, path: { deploymentId } }));
      return status !== 'queued' && status !== 'running';
    });
    await goTo(page, '/audit');
    await goTo(page, address);
    const table = page.getByRole('table', { name: 'Rollbacks to it' });
    await table.getByText('completed').waitFor();
    expect(await table.getByRole('row').count()).toBe(2);
    await pictures(page, 'snapshot-rolled-back');
  });

  it('is unpinned and deleted; its environment is shown, and its address says who deleted it', async () => {
    await button('Unpin').click();
    await dialog('Unpin this snapshot?').getByRole('button', { name: 'Unpin it' }).click();
    await button('Pin').waitFor();
    await button('Delete').click();
    await dialog('Delete “before 17.0”?').getByRole('button', { name: 'Delete it' }).click();
    await page.waitForURL(/\/environments\/[^/]+$/);
    await says('“before 17.0” is being deleted.');
    await goTo(page, address);
    await title('There is no such snapshot').waitFor();
    await says(/by tester: deleted on request/);
    expect(await page.getByRole('link', { name: 'Roll back to this' }).count()).toBe(0);
  });
});

describe('a snapshot of long ago', { timeout: LONGEST_MS }, () => {
  it('is held against its base and the one before it', async () => {
    await goTo(page, await planted("type = 'differential' AND restorability = 'proven' AND pinned_at IS NULL"));
    await says('Since its base');
    const row = page.getByRole('row', { name: /^Database/ });
    expect(await row.textContent()).toMatch(/Database2\.\d+ GiB\+[\d.]+ MiB\+[\d.]+ MiB/);
    await says('had changed and was read');
    await says('younger than 30 days');
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'snapshot');
  });

  it('leaves a base only to who says that the differentials on it stay', async () => {
    await goTo(page, await planted("type = 'full' AND status = 'completed'"));
    await page.getByRole('heading', { name: 'Differentials on it' }).waitFor();
    await button('Delete').click();
    const asked = dialog(/^Delete/);
    const doIt = asked.getByRole('button', { name: 'Delete it' });
    expect(await doIt.getAttribute('aria-disabled')).toBe('true');
    await asked.getByRole('checkbox').check();
    expect(await axeFindings(page)).toEqual([]);
    expect(await doIt.getAttribute('aria-disabled')).toBeNull();
    await asked.getByRole('button', { name: 'The same on the command line' }).click();
    await page.getByText(/snapback snapshot rm [0-9a-f]{8} --env webshop\/production --detach/).waitFor();
    await page.keyboard.press('Escape');
    await pictures(page, 'snapshot-base');
    await doIt.click();
    await page.waitForURL(/\/environments\/[^/]+$/);
  });

  it('says of one that failed, is doubtful or refuted that it is so, why, and what to do', async () => {
    await goTo(page, await planted("status = 'failed'"));
    await says('You cannot go back to this: it failed.');
    await says('See that the database answers, then take a new one.');
    expect(await button('Verify').count()).toBe(0);
    await pictures(page, 'snapshot-failed');
    await goTo(page, await planted("restorability = 'doubtful'"));
    await says('You cannot go back to this as things stand. The server does not offer the extension postgis');
    await says('Mend that on the server, then verify the snapshot.');
    await pictures(page, 'snapshot-doubtful');
    await goTo(page, await planted("restorability = 'refuted'"));
    await says('You cannot go back to this. The table public.orders has other rows than were captured.');
    await button('Roll back to this').hover();
    await says('A rollback to a refuted snapshot is refused.');
    await pictures(page, 'snapshot-refuted');
  });

  it('shows what others have written as text, whatever it is, and as much of it as there is', async () => {
    const hostile = `<img src=x onerror="document.title='owned'">\u202Egnp.exe ${'W'.repeat(140)}`;
    await query(
      console.service.database,
      `UPDATE snapshots SET label = $1, pinned_at = now(), pin_reason = $1, pinned_by = $1, requested_by = $1,
              warnings = jsonb_build_array(jsonb_build_object('code', 'odd', 'message', $1::text)),
              read_in_full = jsonb_build_array(jsonb_build_object('tableCount', 2, 'reason', $1::text))
        WHERE id = (SELECT id FROM snapshots WHERE environment_id = $2 AND restorability = 'expected' AND type = 'differential'
                     ORDER BY created_at DESC LIMIT 1)`,
      [hostile, sample.storied.id],
    );
    await page.setViewportSize({ width: 360, height: 740 });
    await goTo(page, await planted("pin_reason LIKE '<img%'"));
    await title(/^<img src=x/).waitFor();
    await says('Something to know');
    await page.getByRole('heading', { name: 'Differentials on it' }).waitFor();
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    expect(await overflow(page)).toBe(0);
    await pictures(page, 'snapshot-hostile');
    await page.setViewportSize(DESKTOP);
  });

  it('offers nothing that a token does not allow, and says what is missing', async () => {
    const reader = await console.open(await planted("restorability = 'proven'"), {
      claims: { permissions: ['snapshots:read', 'environments:read'] },
    });
    const pin = reader.getByRole('button', { name: 'Pin', exact: true });
    await pin.waitFor();
    await reader.getByText('Who, when and why').waitFor();
    expect(await pin.getAttribute('aria-disabled')).toBe('true');
    await pin.focus();
    await reader.getByText('This needs the permission snapshots:write').first().waitFor();
    // What its settings say needs a permission, too; the rest is there without.
    await reader
      .getByText(/settings:read/)
      .first()
      .waitFor();
    await pictures(reader, 'snapshot-reader');
    await reader.context().close();
    expect(console.complaints).toEqual([]);
  });
});
