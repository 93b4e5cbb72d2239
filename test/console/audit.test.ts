import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectUpdate, snapshotPin, webhookCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { barriers, overflow } from './in-page.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { screenshot } from './screenshot.js';

const HOSTILE = '<img src=x onerror=alert(1)>';
const PLANTED = 450;
/** The page, and the table within it. */
const SCROLL_DOWN = `for (const one of [document.scrollingElement, document.querySelector('[role=table]')]) one.scrollTo(0, one.scrollHeight)`;
/** As the browser of the tests has it. */
const TODAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(new Date());

let console: ConsoleUnderTest;
let sample: Sample;
let refusedId: string;
beforeAll(async () => {
  console = await startConsole({ WEBHOOK_HOSTS: '*' });
  await plantEntries();
  sample = await plantSample(console);
  const { service } = console;
  const path = { projectId: sample.project.id };
  const rename = (subject: string, description: string) =>
    result(projectUpdate({ client: service.client({ subject }), path, body: { description } }));
  await rename('alice@acme', 'Orders, invoices and returns');
  await rename(HOSTILE, `${HOSTILE} of a description`);
  const body = { url: 'https://hooks.example.com/x', events: ['*' as const] };
  await webhookCreate({ client: service.client({ subject: 'mallory@acme', permissions: ['viewer'] }), path, body });
  const [snapshot] = await query<{ id: string }>(
    service.database,
    `SELECT id FROM snapshots WHERE status = 'completed' AND pinned_at IS NULL ORDER BY created_at DESC LIMIT 1`,
  );
  refusedId = snapshot!.id;
  const pinned = { environmentId: sample.storied.id, snapshotId: refusedId };
  await result(
    snapshotPin({ client: service.client({ subject: 'bob@acme' }), path: pinned, body: { label: 'before 17.0' } }),
  );
});
afterAll(() => console.stop());

/** What was done in the days before, as rows: the chain goes on behind them. */
async function plantEntries(): Promise<void> {
  await query(
    console.service.database,
    `INSERT INTO audit_entries (organization, sequence, version, at, actor, actor_kind, operation, outcome, subject_kind, subject_id,
                                address, user_agent, request_id, before, after, previous_hash, hash)
     SELECT 'acme', n, 1, now() - make_interval(days => 2, mins => ${PLANTED} - n),
            CASE WHEN n % 5 = 0 THEN 'system:retention' ELSE 'ci-' || n % 7 || '@acme' END,
            CASE WHEN n % 5 = 0 THEN 'system' ELSE 'caller' END,
            CASE WHEN n % 5 = 0 THEN 'snapshot.expire' ELSE 'snapshotCreate' END, 'done', 'snapshot', gen_random_uuid(),
            '192.0.2.17', 'python-httpx/0.28.1', 'planted-' || n, NULL, '{"label": "nightly", "storedBytes": 1048576}',
            repeat('0', 64), encode(sha256(n::text::bytea), 'hex')
       FROM generate_series(1, ${PLANTED}) n`,
  );
  await query(
    console.service.database,
    `INSERT INTO audit_chains (organization, sequence, hash, anchor_sequence, anchor_hash)
     SELECT 'acme', ${PLANTED}, encode(sha256('${PLANTED}'::bytea), 'hex'), 0, repeat('0', 64)`,
  );
}

it('says in its first line what happened today, and opens an entry: what was changed, by whom, and where it stands in the chain', async () => {
  const page = await console.open('/audit');
  await page.getByText(/^\d+ changes by \d people or programs since midnight, 1 refused\.$/).waitFor();
  const row = page.getByRole('row').filter({ hasText: 'alice@acme' });
  await row.getByRole('button', { name: 'Change a project' }).click();
  const change = row.getByRole('row').filter({ hasText: 'description' });
  expect(await change.getByRole('cell').allTextContents()).toEqual([
    'Orders and invoices',
    'Orders, invoices and returns',
  ]);
  expect(await row.getByText(/^[0-9a-f]{64}$/).count()).toBe(1);
  await row.getByRole('link', { name: 'this request' }).click();
  await page.getByText('1 entry').waitFor();
  expect(page.url()).toMatch(/\/audit\?request=/);
  expect(console.complaints).toEqual([]);
});

it('filters stand in the address, and are found there again', async () => {
  const page = await console.open('/audit');
  await page.getByLabel('Who').fill('mallory@acme');
  await page.getByText('1 entry').waitFor();
  const row = page.getByRole('row').filter({ hasText: 'mallory@acme' });
  expect(await row.getByText('refused', { exact: true }).count()).toBe(1);
  await row.getByRole('button', { name: 'Create a webhook' }).click();
  await row.getByText('It was refused; nothing was changed.').waitFor();
  await screenshot(page, 'audit-refused');
  expect(new URL(page.url()).search).toBe('?actor=mallory%40acme');

  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Pin a snapshot' });
  await page.getByText('1 entry').waitFor();
  const link = page.getByRole('link', { name: `snapshot ${refusedId.slice(0, 8)}` });
  expect(await link.getAttribute('href')).toContain(`/snapshots/${refusedId}`);

  const other = await console.open('/audit?outcome=refused&operation=projectDelete');
  await other.getByText('No entry is like that').waitFor();
  expect(await other.getByLabel('Outcome').inputValue()).toBe('refused');
  const wrong = await console.open('/audit?project=nowhere');
  await wrong.getByRole('alert').filter({ hasText: 'validation-failed' }).waitFor();
  expect(console.complaints).toEqual([]);
});

it('comes page by page as one scrolls, and says how the chain is verified', async () => {
  const page = await console.open('/audit?operation=snapshotCreate');
  const table = page.getByRole('table', { name: 'What was done' });
  await table.waitFor();
  const last = table.getByRole('row').last();
  // More is asked for again and again, until all of them are there.
  await expect
    .poll(
      async () => {
        await page.evaluate(SCROLL_DOWN);
        return last.getAttribute('aria-rowindex');
      },
      { timeout: 20_000 },
    )
    .toBe(String((PLANTED * 4) / 5 + 1));
  expect(await table.getByRole('row').count()).toBeLessThan(60);
  await page.getByText('npm run audit -- verify', { exact: true }).waitFor();
  const all = await console.open('/audit');
  await all.getByText(/^npm run audit -- verify --organization acme --expect \d+:[0-9a-f]{64}$/).waitFor();
  expect(console.complaints).toEqual([]);
});

it('names that are markup are text', async () => {
  const page = await console.open(`/audit?actor=${encodeURIComponent(HOSTILE)}`);
  const row = page.getByRole('row').filter({ hasText: HOSTILE });
  await row.getByRole('button', { name: 'Change a project' }).click();
  await row.getByText(`${HOSTILE} of a description`).waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(console.complaints).toEqual([]);
});

it('without the permission it asks for nothing, and says which one is missing', async () => {
  const page = await console.open('/audit', { claims: { permissions: ['viewer'], subject: 'viewer@acme' } });
  await page.getByText('Your token does not show you this').waitFor();
  await page.getByText('audit:read').waitFor();
  await screenshot(page, 'audit-forbidden');
  const refused = await query(console.service.database, `SELECT 1 FROM audit_entries WHERE actor = 'viewer@acme'`);
  expect(refused).toEqual([]);
});

it.each(['light', 'dark'] as const)('has no barriers, also on a phone (%s)', async (scheme) => {
  const page = await console.open(`/audit?since=${TODAY}`, { scheme });
  const opened = page.getByRole('row').filter({ hasText: 'alice@acme' });
  await opened.getByRole('button', { name: 'Change a project' }).click();
  expect(await barriers(page)).toEqual([]);
  await screenshot(page, scheme === 'dark' ? 'audit-dark' : 'audit');
  const phone = await console.open(`/audit?since=${TODAY}`, { scheme, phone: true });
  await phone.getByRole('button', { name: 'Filters (1)' }).click();
  await phone.getByLabel('Outcome').waitFor();
  expect(await overflow(phone)).toBeLessThanOrEqual(0);
  await phone.getByRole('button', { name: 'Filters (1)' }).click();
  await screenshot(phone, scheme === 'dark' ? 'audit-phone-dark' : 'audit-phone');
  expect(console.complaints).toEqual([]);
});
