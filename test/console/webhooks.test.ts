import { afterAll, beforeAll, expect, it } from 'vitest';
import { webhookCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { WebhookWithSecret } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { checkReceived, startWebhookReceiver } from '../harness/webhook-receiver.js';
import type { WebhookReceiver } from '../harness/webhook-receiver.js';
import { barriers, overflow } from './in-page.js';
import { plantWebhooks } from './administration-sample.js';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { screenshot } from './screenshot.js';

const HOSTILE = '<img src=x onerror=alert(1)>';

let console: ConsoleUnderTest;
let sample: Sample;
let receiver: WebhookReceiver;
let planted: Awaited<ReturnType<typeof plantWebhooks>>;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  console = await startConsole({ WEBHOOK_HOSTS: '127.0.0.1' });
  sample = await plantSample(console);
  planted = await plantWebhooks(console.service, sample, receiver);
});
afterAll(async () => {
  await console.stop();
  await receiver.close();
});

const addressOf = ({ id }: WebhookWithSecret) => `/webhooks?project=${sample.project.id}&webhook=${id}`;

it('says first which ones do not hear it, and lists each with what it was told last', async () => {
  const page = await console.open('/webhooks');
  await page.getByText('3 webhooks of webshop: 1 does not hear it, 1 is disabled.').waitFor();
  const row = page.getByRole('row').filter({ hasText: 'Pager of the platform team' });
  await row.getByText('failing').waitFor();
  await row.getByText('3 types of events').waitFor();
  await page.getByRole('row').filter({ hasText: 'Chat of the' }).getByText('delivered').waitFor();
  await screenshot(page, 'webhooks');
  // The rest of a URL is often a secret.
  expect(await page.content()).not.toContain('token=');
  expect(console.complaints).toEqual([]);
});

it('creates one: what is wrong is said at its field, the secret is shown once, and signs what arrives', async () => {
  const page = await console.open('/webhooks');
  await page.getByRole('button', { name: 'Create a webhook' }).click();
  const form = page.getByRole('dialog', { name: 'Create a webhook' });
  await form.getByRole('radio', { name: 'These types of events' }).check();
  await form.getByRole('button', { name: 'Create it' }).click();
  await form.getByText('Where are events to be sent?').waitFor();
  await form.getByText('Name one type of events at least.').waitFor();
  await form.getByLabel('URL').fill('https://elsewhere.example.com/hook');
  await form.getByLabel('A snapshot failed').check();
  await form.getByRole('button', { name: 'Create it' }).click();
  // What only the service knows it says, and that stands at the field as well.
  await form.getByRole('alert').filter({ hasText: 'WEBHOOK_HOSTS' }).waitFor();
  expect(await form.getByLabel('URL').getAttribute('aria-invalid')).toBe('true');
  await screenshot(page, 'webhooks-form');
  await form.getByLabel('URL').fill(receiver.urlOf('/made-here'));
  await form.getByLabel('What it is for (optional)').fill(HOSTILE);
  await form.getByRole('button', { name: 'Create it' }).click();

  const told = page.getByRole('dialog', { name: /^The secret of 127\.0\.0\.1/ });
  const secret = (await told.getByLabel('Secret', { exact: true }).textContent()) ?? '';
  expect(secret).toMatch(/^whsec_/);
  await page.keyboard.press('Escape');
  await screenshot(page, 'webhooks-secret');
  await told.getByRole('button', { name: 'I have kept it' }).click();
  expect(await page.content()).not.toContain('whsec_');

  await page.getByRole('row').filter({ hasText: HOSTILE }).getByRole('link').click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  const [arrived] = await receiver.waitFor('/made-here', 1);
  checkReceived(arrived!, secret);
  await page.getByText(/^What was sent last arrived/).waitFor();
  await page.getByRole('row').filter({ hasText: 'A test' }).getByText('HTTP 204').waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(console.complaints).toEqual([]);
});

it('gives a new secret while the old one signs, too, and delivers anew', async () => {
  const { active } = planted;
  const page = await console.open(addressOf(active));
  await page.getByRole('button', { name: 'New secret' }).click();
  const form = page.getByRole('dialog', { name: 'Give it a new secret' });
  await form.getByRole('spinbutton').fill('200');
  await form.getByRole('button', { name: 'Make a new secret' }).click();
  await form.getByText('It must be a whole number of hours, 0 to 168.').waitFor();
  await form.getByRole('spinbutton').fill('2');
  await form.getByRole('button', { name: 'Make a new secret' }).click();
  const secret = (await page.getByLabel('Secret', { exact: true }).textContent()) ?? '';
  await page.getByText(/^The old secret signs, too/).waitFor();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByText(/^two are valid; the old one ends/).waitFor();
  await page.getByRole('button', { name: 'Deliver anew: test' }).click();
  const [first, again] = await receiver.waitFor('/chat', 2);
  expect(again!.id).toBe(first!.id);
  checkReceived(again!, active.secret);
  checkReceived(again!, secret);
  expect(console.complaints).toEqual([]);
});

it('shows why something did not arrive, and the whole URL to whoever wants to see it', async () => {
  const page = await console.open(addressOf(planted.failing));
  await page.getByText(/^Nothing has arrived since it failed/).waitFor();
  await page.getByRole('row').getByRole('button', { name: 'A test' }).click();
  await page.getByText('HTTP 500').waitFor();
  await page.getByText('What was wrong').waitFor();
  expect(await page.content()).not.toContain('token=');
  await page.getByRole('button', { name: 'Show the whole URL' }).click();
  await page.getByText(planted.failing.url).waitFor();
  await page.getByLabel('Which').selectOption({ label: 'Only skipped' });
  await page.getByText('There is none like that').waitFor();
  expect(console.complaints).toEqual([]);
});

it('is changed, disabled and deleted; who changes it after somebody else is told so', async () => {
  const { service } = console;
  const body = { url: receiver.urlOf('/brief'), events: ['*' as const] };
  const brief = await result(webhookCreate({ client: service.client(), path: { projectId: sample.project.id }, body }));
  const page = await console.open(addressOf(brief));
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  const form = page.getByRole('dialog', { name: 'Change the webhook' });
  await form.getByLabel('What it is for (optional)').fill('mine');
  const other = await console.open(addressOf(brief));
  await other.getByRole('button', { name: 'Disable' }).click();
  await other.getByText('Somebody has disabled it: it is told nothing.').waitFor();
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('precondition-failed').waitFor();
  await form.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await form.getByLabel('What it is for (optional)').fill('mine');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('definition').filter({ hasText: 'mine' }).waitFor();
  await page.getByRole('button', { name: 'Send a test' }).focus();
  await page.getByRole('tooltip').filter({ hasText: 'enable it first' }).waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await page.getByRole('heading', { name: 'Webhooks', exact: true }).waitFor();
  await expect.poll(() => page.getByRole('row').filter({ hasText: 'mine' }).count(), { timeout: 10_000 }).toBe(0);
  expect(console.complaints).toEqual([]);
});

it('without permissions it shows and offers nothing', async () => {
  const viewer = await console.open('/webhooks', { claims: { permissions: ['viewer'] } });
  await viewer.getByText('webhooks:read').waitFor();
  const operator = await console.open(addressOf(planted.active), { claims: { permissions: ['operator'] } });
  await operator.getByRole('button', { name: 'New secret' }).focus();
  await operator.getByRole('tooltip').filter({ hasText: 'webhooks:write' }).waitFor();
  expect(console.complaints).toEqual([]);
});

it.each(['light', 'dark'] as const)('has no barriers, also on a phone (%s)', async (scheme) => {
  const page = await console.open('/webhooks', { scheme, phone: true });
  await page.getByText('Chat of the platform team').waitFor();
  expect(await barriers(page)).toEqual([]);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await screenshot(page, scheme === 'dark' ? 'webhooks-phone-dark' : 'webhooks-phone');
  await page.getByRole('button', { name: 'Create a webhook' }).click();
  await page.getByRole('radio', { name: 'These types of events' }).check();
  expect(await barriers(page)).toEqual([]);
  const one = await console.open(addressOf(planted.failing), { scheme });
  await one.getByRole('row').getByRole('button', { name: 'A test' }).click();
  expect(await barriers(one)).toEqual([]);
  await screenshot(one, scheme === 'dark' ? 'webhook-dark' : 'webhook');
  expect(console.complaints).toEqual([]);
});
