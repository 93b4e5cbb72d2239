import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { holdTable } from '../e2e/held-table.js';
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
  page = await console.open('/operations');
});
afterAll(() => console.stop());

const says = (text: string | RegExp) => page.getByText(text).first().waitFor();
const row = (kind: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: kind }) });
const act = (kind: string, verb: string) => row(kind).getByRole('button', { name: `${verb}: ${kind.toLowerCase()}` });
const dialog = (name: string) => page.getByRole('dialog', { name });

interface Hanging {
  kind: string;
  subject: string;
  reason: { code: string; message: string };
  attention: boolean;
  data?: object;
  environmentId?: string | null;
}

/** What the keeper has tried in vain, and tries again in an hour. */
async function plant({ kind, subject, reason, attention, data = {}, environmentId = sample.storied.id }: Hanging) {
  await query(
    console.service.database,
    `INSERT INTO keeper_items (kind, subject, organization, project_id, environment_id, data, due_at, tries, failure, failed_since, attention)
     VALUES ($1, $2, 'acme', $3, $4, $5, now() + interval '1 hour', 12, $6, now() - interval '3 hours', $7)
     ON CONFLICT (kind, subject) DO UPDATE SET failure = EXCLUDED.failure, failed_since = EXCLUDED.failed_since, data = EXCLUDED.data,
            attention = EXCLUDED.attention, due_at = EXCLUDED.due_at, tries = 12, held_by = NULL, held_until = NULL`,
    [kind, subject, sample.project.id, environmentId, JSON.stringify(data), JSON.stringify(reason), attention],
  );
}

describe('what runs, waits or hangs', { timeout: LONGEST_MS }, () => {
  it('is nothing, which is said', async () => {
    await says('Nothing runs, nothing hangs.');
    expect(await page.getByRole('list', { name: 'Operations' }).count()).toBe(0);
    await pictures(page, 'operations-empty');
  });

  it('is shown live while it runs, of which environment by name, and can be cancelled', async () => {
    const { environment, database } = sample.place;
    const table = await holdTable(database.address);
    const path = { environmentId: environment.id };
    const { id } = await result(snapshotCreate({ client: sample.client, path }));
    await table.dumpIsWaiting();
    await goTo(page, '/audit');
    await goTo(page, '/operations');
    await says('1 runs; nothing needs you.');
    await row('Snapshot').getByRole('progressbar').waitFor();
    await row('Snapshot').getByRole('link', { name: 'checkout' }).waitFor();
    await pictures(page, 'operations-running');
    await act('Snapshot', 'Cancel').click();
    await dialog('Cancel this snapshot?').getByText('nothing of it stays in the vault').waitFor();
    await dialog('Cancel this snapshot?').getByRole('button', { name: 'Cancel', exact: true }).click();
    await says('Nothing runs, nothing hangs.');
    await table.release();
    const [taken] = await query<{ status: string }>(
      console.service.database,
      `SELECT status FROM snapshots WHERE id = '${id}'`,
    );
    expect(taken?.status).toBe('cancelled');
  });
});

describe('what needs a person', { timeout: LONGEST_MS }, () => {
  beforeAll(async () => {
    await plant({
      kind: 'kept-state',
      subject: randomUUID(),
      reason: {
        code: 'left-over',
        message: 'The database snapback_kept_1f7b6d0e could not be dropped: it is being accessed by other users.',
      },
      attention: true,
    });
    await plant({
      kind: 'retention',
      subject: sample.storied.id,
      reason: { code: 'retention-stopped', message: 'It would delete 40 snapshots, and usually deletes 2.' },
      attention: true,
      data: { due: 40 },
    });
    await plant({
      kind: 'collection',
      subject: sample.project.id,
      reason: { code: 'vault-unreachable', message: 'The vault does not answer.' },
      attention: false,
      environmentId: null,
    });
    await goTo(page, '/audit');
    await goTo(page, '/operations');
  });

  it('stands first, with why, what would help, and what may be done', async () => {
    await says('2 need a person, 1 waits to be tried again.');
    await says('Remove what is in the way and retry, or give it up and remove the previous state yourself.');
    const kinds = await page.getByRole('listitem').getByRole('heading').allTextContents();
    expect(kinds.map((text) => text.replace(/(needs attention|waiting)$/, '')).sort()).toEqual([
      'Collection',
      'Kept state',
      'Retention',
    ]);
    expect(kinds.at(-1)).toBe('Collectionwaiting');
    expect(await axeFindings(page)).toEqual([]);
    await pictures(page, 'operations');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize(DESKTOP);
  });

  it('is filtered by state and kind, in the address', async () => {
    await page
      .getByRole('navigation', { name: 'State' })
      .getByRole('link', { name: /waiting/ })
      .click();
    await page.waitForURL('**/operations?state=waiting');
    await row('Kept state').waitFor({ state: 'detached' });
    expect(await page.getByRole('listitem').count()).toBe(1);
    await page.getByLabel('Kind').selectOption('Retention');
    await page.waitForURL('**/operations?state=waiting&kind=retention');
    await says('Nothing of this kind, in this state');
    await page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: 'All' }).click();
    await row('Retention').waitFor();
    expect(await page.getByRole('listitem').count()).toBe(1);
    await page.getByLabel('Kind').selectOption('All kinds');
    await row('Kept state').waitFor();
  });

  it('is tried again now', async () => {
    await act('Collection', 'Retry').click();
    await dialog('Retry this collection?').getByRole('button', { name: 'Retry' }).click();
    await says('It is tried now.');
    // It went well: it comes round again, and is nobody's concern.
    await row('Collection').waitFor({ state: 'detached', timeout: 20_000 });
    const failed = await query(
      console.service.database,
      `SELECT failure FROM keeper_items WHERE kind = 'collection' AND subject = '${sample.project.id}' AND failure IS NOT NULL`,
    );
    expect(failed).toEqual([]);
  });

  it('goes on once somebody has seen what it deletes', async () => {
    await query(
      console.service.database,
      `UPDATE snapshots SET created_at = created_at - interval '200 days' WHERE environment_id = $1 AND pinned_at IS NULL
          AND id IN (SELECT id FROM snapshots WHERE environment_id = $1 ORDER BY created_at LIMIT 30)`,
      [sample.storied.id],
    );
    const count = async () =>
      (
        await query<{ n: number }>(
          console.service.database,
          `SELECT count(*)::int AS n FROM snapshots WHERE environment_id = '${sample.storied.id}' AND status = 'completed'`,
        )
      )[0]?.n ?? 0;
    const before = await count();
    await act('Retention', 'Confirm').click();
    const asked = dialog('Confirm this retention?');
    await asked.getByText('It would delete 40 snapshots, and usually deletes 2.').waitFor();
    await asked
      .getByText(/older than 30 days/)
      .first()
      .waitFor();
    await pictures(page, 'operations-confirm');
    await asked.getByRole('button', { name: 'Confirm' }).click();
    await says('Retention goes on.');
    await row('Retention').waitFor({ state: 'detached', timeout: 20_000 });
    expect(await count()).toBeLessThan(before);
  });

  it('is given up, and what was in the way of that is said where it was asked for', async () => {
    await act('Kept state', 'Give up').click();
    const asked = dialog('Give up this kept state?');
    await asked.getByText('until you remove them yourself').waitFor();
    // Meanwhile somebody else has looked after it.
    await query(console.service.database, `UPDATE keeper_items SET failure = NULL WHERE kind = 'kept-state'`);
    await asked.getByRole('button', { name: 'Give up' }).click();
    await asked.getByText('It has not failed; wait for it.').waitFor();
    await query(
      console.service.database,
      `UPDATE keeper_items SET failure = '{"code": "left-over", "message": "It is still there."}' WHERE kind = 'kept-state'`,
    );
    await asked.getByRole('button', { name: 'Give up' }).click();
    await says('It is not tried any more.');
    await says('Nothing runs, nothing hangs.');
    expect(await query(console.service.database, `SELECT id FROM keeper_items WHERE kind = 'kept-state'`)).toEqual([]);
  });

  it('shows what others have written as text, and to who may not act, why not', async () => {
    const hostile = `<img src=x onerror="document.title='owned'">\u202E ${'W'.repeat(300)}`;
    await plant({
      kind: 'left-over',
      subject: `${randomUUID()}/1`,
      reason: { code: 'left-over', message: hostile },
      attention: true,
    });
    const reader = await console.open('/operations?state=attention', {
      claims: { permissions: ['environments:read'] },
      phone: true,
    });
    await reader.getByText('<img src=x').waitFor();
    expect(await reader.locator('img[src="x"]').count()).toBe(0);
    expect(await overflow(reader)).toBe(0);
    const retry = reader.getByRole('button', { name: 'Retry: left-over' });
    expect(await retry.getAttribute('aria-disabled')).toBe('true');
    await retry.focus();
    await reader.getByText('This needs the permission environments:write').first().waitFor();
    await reader.context().close();
    expect(console.complaints).toEqual([]);
  });
});
