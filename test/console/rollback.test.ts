import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateOf } from '../e2e/marked-environment.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { comeBackTo, startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { barriers, overflow } from './in-page.js';
import { askFor, plantDeployment } from './rollback-sample.js';
import type { RollbackSample } from './rollback-sample.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: RollbackSample;

beforeAll(async () => {
  console = await startConsole();
  sample = await plantDeployment(console);
});
afterAll(() => console.stop());

describe('a rollback', () => {
  it('is agreed to by typing, watched to its end, and undone from its page', async () => {
    const page = await console.open(sample.planned);
    await askFor(page).click();
    const name = page.getByLabel('Type checkout to go on');
    const go = page.getByRole('button', { name: 'Roll back checkout' });
    await page.getByText('Looking at the environment once more').waitFor({ state: 'detached' });
    await name.and(page.locator(':focus')).waitFor();
    await name.fill('check');
    await name.press('Enter');
    expect(await page.getByRole('dialog').count()).toBe(1);
    await name.fill('checkout');
    await screenshot(page, 'rollback-confirm');
    expect(await barriers(page)).toEqual([]);
    await go.click();

    await page.waitForURL('**/rollbacks/*');
    await page.getByText(/^Done: down for \d+ ms\.$/).waitFor();
    await page.getByText(/You can undo this for another (59|60) minutes\./).waitFor();
    expect(await stateOf(sample.place)).toEqual({ rows: 'captured', files: 'captured' });
    await page.getByText('measured downtime').waitFor();
    await page.getByText('snapback_kept_').first().waitFor();
    await page.getByText('Safety snapshot').waitFor();
    await page.getByText('completed', { exact: true }).nth(1).waitFor();
    await screenshot(page, 'rollback');
    expect(await barriers(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    await screenshot(page, 'rollback-print');
    expect(await page.getByRole('button', { name: 'Undo…' }).isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await screenshot(page, 'rollback-dark');
    expect(await barriers(page)).toEqual([]);

    const rolledBack = page.url();
    await page.getByRole('button', { name: 'Undo…' }).click();
    await page.getByText('so that the undo can be undone as well').waitFor();
    await page.getByLabel('Type checkout to go on').fill('checkout');
    await screenshot(page, 'rollback-undo');
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo it' }).click();
    await page.waitForURL((url) => url.href !== rolledBack);
    await page.getByRole('heading', { name: 'Undo of a rollback of webshop/checkout' }).waitFor();
    await page.getByText(/^Done: down for \d+ ms\.$/).waitFor();
    expect(await stateOf(sample.place)).toEqual({ rows: 'present', files: 'present' });
    await screenshot(page, 'rollback-undone');
    await page.getByRole('link', { name: 'this rollback' }).click();
    await page.waitForURL(rolledBack);
    await page.getByText('It has been undone since.').waitFor();
    expect(await page.getByRole('button', { name: 'Undo…' }).count()).toBe(0);
    await page.getByRole('link', { name: 'this rollback' }).waitFor();
    const phone = await console.open(new URL(rolledBack).pathname, { phone: true, scheme: 'dark' });
    await phone.getByText('It has been undone since.').waitFor();
    await screenshot(phone, 'rollback-phone-dark');
    expect(await overflow(phone)).toBe(0);
    expect(console.complaints).toEqual([]);
  });

  it('is asked for again when it is not the one that was agreed to any more', async () => {
    const page = await console.open(sample.planned);
    await askFor(page).click();
    await page.getByText('Looking at the environment once more').waitFor({ state: 'detached' });
    const { address } = sample.place.database;
    await query(address, `ALTER DATABASE "${address.database}" SET work_mem = '8MB'`);
    await page.getByLabel('Type checkout to go on').fill('checkout');
    await page.getByRole('button', { name: 'Roll back checkout' }).click();
    await page.getByText('Nothing was changed: the plan has become another one').waitFor();
    await page.getByRole('row', { name: 'work_mem stays 8MB → unset' }).waitFor();
    expect(await page.getByLabel('Type checkout to go on').inputValue()).toBe('');
    await screenshot(page, 'rollback-confirm-changed');
    expect(await barriers(page)).toEqual([]);
    expect(await stateOf(sample.place)).toEqual({ rows: 'present', files: 'present' });
    await page.getByLabel('Type checkout to go on').fill('checkout');
    await page.getByRole('button', { name: 'Roll back checkout' }).click();
    await page.waitForURL('**/rollbacks/*');
    await page.getByText(/^Done: down for/).waitFor();
    await waitUntil('it is as it was captured', async () => (await stateOf(sample.place)).rows === 'captured');
    expect(console.complaints).toEqual([]);
  });

  it('says calmly what is in place when it came to another end', async () => {
    const { id: environmentId } = sample.place.environment;
    const { items } = await sample.snapback.rollbacks.list(environmentId).first();
    const deploymentId = items[0]!.deploymentId;
    const ends = [
      [
        'failed',
        'the state of before is in place',
        { code: 'restore-failed', message: 'The server has no room left; make some.' },
      ],
      [
        'reverted',
        'the state of before is in place and open',
        { code: 'worker-lost', message: 'The worker was lost in the swap.' },
      ],
      ['cancelled', 'Called off before the swap', null],
    ] as const;
    const page = await console.open(`/rollbacks/${deploymentId}`);
    await page.getByText(/^Done: down for/).waitFor();
    for (const [status, said, failure] of ends) {
      const columns = 'status = $2, failure = $3::jsonb, kept_until = NULL, downtime_ms = NULL';
      const statement = `UPDATE rollback_logs SET ${columns} WHERE deployment_id = $1`;
      await query(console.service.database, statement, [deploymentId, status, JSON.stringify(failure)]);
      // What was asked for a moment ago is not asked for again.
      await expect
        .poll(() => comeBackTo(page).then(() => page.getByText(said).count()), { timeout: 15_000 })
        .toBeGreaterThan(0);
      if (failure !== null) await page.getByText(failure.message).waitFor();
      await screenshot(page, `rollback-${status}`);
      expect(await barriers(page)).toEqual([]);
    }
    expect(console.complaints).toEqual([]);
  });

  it('is not what a deployment is, of which its page says so', async () => {
    const { id: environmentId } = sample.place.environment;
    const { items } = await sample.snapback.deployments.list(environmentId, { kind: 'deploy' }).first();
    const page = await console.open(`/rollbacks/${items[0]!.id}`);
    await page.getByText('It is the deployment 17.0 that a pipeline announced').waitFor();
    const nothing = await console.open('/rollbacks/9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03');
    await nothing.getByRole('alert').getByText('There is no').waitFor();
    expect(console.complaints).toEqual([]);
  });
});
