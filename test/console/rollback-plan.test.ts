import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client as PgClient } from 'pg';
import { createTestEnvironment } from '../harness/sample-environment.js';
import { query } from '../harness/database.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { barriers, overflow } from './in-page.js';
import { askFor, plantDeployment, planOf } from './rollback-sample.js';
import type { RollbackSample } from './rollback-sample.js';
import { plantSnapshots } from './sample-history.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: RollbackSample;

beforeAll(async () => {
  console = await startConsole();
  sample = await plantDeployment(console);
});
afterAll(() => console.stop());

describe('the page of a plan', () => {
  it('says in its first line what would happen, of the newest snapshot that can come back', async () => {
    const page = await console.open(sample.planned);
    await page.getByText('webshop/checkout goes back to ‘before 17.0’ of 3 hours ago').waitFor();
    await page.getByText('under a second of downtime').waitFor();
    await page.getByText('kept for 60 minutes for an undo, and captured as a safety snapshot').waitFor();
    await page.getByText('17.0 (running), 3 hours ago').waitFor();
    await page.getByText('Rebuild the database beside the live one').waitFor();
    await screenshot(page, 'rollback-plan');
    expect(await barriers(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, 'rollback-plan-dark');
    expect(await barriers(page)).toEqual([]);
    expect(console.complaints).toEqual([]);
  });

  it('fits a phone', async () => {
    const page = await console.open(sample.planned, { phone: true });
    await page.getByText('Rebuild the database beside the live one').waitFor();
    await screenshot(page, 'rollback-plan-phone');
    await page.getByRole('button', { name: 'Choose' }).click();
    await page.getByRole('option').first().waitFor();
    await screenshot(page, 'rollback-choice-phone');
    expect(await overflow(page)).toBe(0);
    expect(console.complaints).toEqual([]);
  });

  it('is refused by name of what is in the way, with what to do, and the button says why', async () => {
    const { host, port, database, user, password } = sample.place.database.admin;
    const superuser = new PgClient({ host, port, database, user, password, ssl: false });
    await superuser.connect();
    const page = await console.open(sample.planned);
    await page.getByText('cannot be rolled back to ‘before 17.0’').waitFor();
    await page.getByText('close them first').first().waitFor();
    await askFor(page).focus();
    await page.getByRole('tooltip').getByText('close them first').waitFor();
    await askFor(page).click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    await screenshot(page, 'rollback-plan-refused');
    await superuser.end();
    await page.dispatchEvent('html', 'visibilitychange', {}, {});
    await page.getByText('webshop/checkout goes back to').waitFor();
    await page.getByText('The plan has changed since you looked at it').waitFor();
    await screenshot(page, 'rollback-plan-changed');
    await page.getByRole('button', { name: 'I have seen it' }).click();
    await page.getByText('The plan has changed').waitFor({ state: 'detached' });
    expect(console.complaints).toEqual([]);
  });

  it('offers nobody what they may not do', async () => {
    const permissions = ['environments:read', 'snapshots:read', 'deployments:read', 'settings:read'] as const;
    const page = await console.open(sample.planned, { claims: { permissions: [...permissions, 'rollbacks:read'] } });
    await page.getByText('webshop/checkout goes back to').waitFor();
    await askFor(page).focus();
    await page.getByRole('tooltip').getByText('rollbacks:write').waitFor();
    await askFor(page).click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    const blind = await console.open(sample.planned, { claims: { permissions } });
    await blind.getByRole('alert').getByText('rollbacks:read').waitFor();
    expect(await askFor(blind).count()).toBe(0);
    await screenshot(blind, 'rollback-plan-forbidden');
    expect(console.complaints).toEqual([]);
  });
});

describe('a snapshot to go back to', () => {
  it('is found by its label and taken by the keyboard', async () => {
    const page = await console.open(planOf(sample.storied));
    await page.getByRole('button', { name: 'Choose' }).press('Enter');
    await page.getByRole('combobox').fill('before 30');
    await page.getByRole('option', { name: 'before 30.0' }).waitFor();
    await screenshot(page, 'rollback-choice');
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('combobox').press('ArrowDown');
    await page.getByRole('combobox').press('ArrowUp');
    await page.getByRole('combobox').press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('production cannot be rolled back to ‘before 30.0’').waitFor();
    expect(page.url()).toContain('snapshot=');
    expect(console.complaints).toEqual([]);
  });

  it('is the newest by a time, on the clocks of the environment', async () => {
    const page = await console.open(planOf(sample.storied));
    await page.getByRole('button', { name: 'Choose' }).click();
    await page.getByText('Clocks of Europe/Berlin').waitFor();
    const day = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('Or the newest that was taken by').fill(`${day}T12:00`);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // In the evening the newest by that noon is nearer to eleven.
    await page.getByText(/cannot be rolled back to .* of 1[01] days ago/).waitFor();
    await page.getByRole('button', { name: 'Choose' }).click();
    await page.getByLabel('Or the newest that was taken by').fill('2020-01-01T12:00');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('No snapshot that can come back was taken by then.').waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('may become another environment, and whether it is neutralised is said plainly', async () => {
    const neutralizeSql = `UPDATE items SET name = 'somebody'`;
    const { project, place } = sample;
    const to = await createTestEnvironment(console.service.client(), console.service.filestoreRoot, {
      ...{ project, name: 'playground', type: 'development', neutralizeSql },
    });
    const page = await console.open(sample.planned);
    const target = page.getByLabel('Environment that is changed');
    await target.focus();
    await target.selectOption(to.environment.id);
    await page.getByText('webshop/playground becomes what webshop/checkout was 3 hours ago, ‘before 17.0’').waitFor();
    await target.and(page.locator(':focus')).waitFor();
    await page.getByText('neutralised: the neutralizeSql of playground is run on it').waitFor();
    await page.getByLabel('Take a safety snapshot').uncheck();
    await page.getByText('No snapshot of the state that is swapped out is taken').waitFor();
    await screenshot(page, 'rollback-plan-other');
    await page.getByRole('button', { name: 'The same on the command line' }).click();
    const command = await page.getByLabel('snapback', { exact: true }).textContent();
    expect(command).toContain(`--env webshop/${place.environment.name} --into playground --no-safety-snapshot --wait`);
    await page.keyboard.press('Escape');
    await askFor(page).click();
    // Nothing has to be typed for what things are tried out in.
    expect(await page.getByLabel(/^Type /).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await askFor(page).and(page.locator(':focus')).waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('is text, whatever it is called', async () => {
    const evil = `<img src=x onerror="document.title='gone'">‮${'long'.repeat(40)}`;
    const { project, snapback } = sample;
    const hostile = await snapback.environments.create(
      project.id,
      {
        name: evil.slice(0, 90),
        type: 'production',
        database: {
          kind: 'connection',
          host: '127.0.0.1',
          port: 1,
          database: evil.slice(0, 60),
          user: 'u',
          password: 'p',
        },
      },
      { check: false },
    );
    await plantSnapshots(console.service.database, hostile, 1);
    await query(console.service.database, 'UPDATE snapshots SET label = $1 WHERE environment_id = $2', [
      evil.slice(0, 190),
      hostile.id,
    ]);
    const page = await console.open(planOf(hostile), { phone: true });
    await page.getByText('cannot be rolled back to').waitFor();
    await page.getByRole('button', { name: 'Choose' }).click();
    await page.getByRole('option').first().waitFor();
    await screenshot(page, 'rollback-hostile');
    expect(await page.title()).toContain('Roll back <img');
    expect(await overflow(page)).toBe(0);
    expect(console.complaints).toEqual([]);
  });
});
