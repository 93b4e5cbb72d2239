import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../harness/free-port.js';
import { comeBackTo, startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { screenshot } from './screenshot.js';
import { startOidcProvider } from './start-oidc-provider.js';
import type { TestProvider } from './start-oidc-provider.js';

let provider: TestProvider;
let console: ConsoleUnderTest;
beforeAll(async () => {
  const port = await freePort();
  provider = await startOidcProvider(`http://127.0.0.1:${port}`);
  console = await startConsole({ PORT: String(port), ...provider.env });
});
afterAll(async () => {
  await console.stop();
  await provider.stop();
});

const begin = (page: Page) => page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click();

/** At the provider's pages: who one is, and that one agrees. */
async function agree(page: Page): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill('ann');
  await page.getByPlaceholder('and password').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

const signedIn = (page: Page) => page.getByRole('navigation', { name: 'Places' }).waitFor();

it('signs in at the provider, and goes on at the page that was opened', async () => {
  const page = await console.visit('/audit?actor=ann');
  await screenshot(page, 'sign-in-oidc');
  const asked = page.waitForRequest((request) => request.url().startsWith(`${provider.issuer}/auth?`));
  await begin(page);
  const parameters = new URL((await asked).url()).searchParams;
  expect(parameters.get('response_type')).toBe('code');
  expect(parameters.get('code_challenge_method')).toBe('S256');
  expect(parameters.get('code_challenge')).toMatch(/^[\w-]{43}$/);
  const exchange = page.waitForRequest(`${provider.issuer}/token`);
  await agree(page);
  const body = new URLSearchParams((await exchange).postData() ?? '');
  expect(body.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  expect(body.has('client_secret')).toBe(false);
  await signedIn(page);
  expect(page.url()).toBe(`${console.service.url}/audit?actor=ann`);
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).not.toMatch(/eyJ|verifier/);
  expect(
    await page
      .context()
      .cookies(console.service.url)
      .then((all) => all.filter(({ value }) => /eyJ/.test(value))),
  ).toEqual([]);
  expect(console.complaints).toEqual([]);
});

it('takes no answer to what was not asked in this tab, nor one that was made for another question', async () => {
  provider.grants.length = 0;
  const page = await console.visit('/sign-in/callback?code=stolen&state=guessed');
  await page.getByRole('alert').getByText('not begun in this tab').waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/');
  await begin(page);
  await page.getByPlaceholder('Enter any login').waitFor();
  await page.goto(`${console.service.url}/sign-in/callback?code=stolen&state=guessed&iss=${provider.issuer}`);
  await page.getByRole('alert').getByText('could not be verified').waitFor();
  expect(provider.grants).toEqual([]);
});

it('says why the provider did not sign somebody in, as text whatever it is', async () => {
  const page = await console.visit('/');
  await begin(page);
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('alert').getByText('The provider did not sign you in: End-User aborted interaction.').waitFor();
  await begin(page);
  await page.getByPlaceholder('Enter any login').waitFor();
  const hostile = '<img src=x onerror="globalThis.hit=1">';
  await page.goto(`${console.service.url}/`);
  const pending = JSON.parse((await page.evaluate(() => sessionStorage.getItem('snapback-sign-in'))) ?? '{}') as {
    state: string;
  };
  const answer = new URLSearchParams({
    error: 'access_denied',
    error_description: hostile,
    state: pending.state,
    iss: provider.issuer,
  });
  await page.goto(`${console.service.url}/sign-in/callback?${answer}`);
  await page.getByRole('alert').getByText(hostile).waitFor();
  expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
  await screenshot(page, 'sign-in-oidc-refused');
});

it('renews a token that is about to end, once for all tabs, and without the person', async () => {
  provider.lifetimeSeconds = 600;
  const page = await console.visit('/');
  await begin(page);
  await agree(page);
  await signedIn(page);
  const beside = await page.context().newPage();
  await beside.goto(`${console.service.url}/`);
  await signedIn(beside);
  provider.lifetimeSeconds = 3600;
  provider.grants.length = 0;
  // Ten seconds before it ends, by the clock of the browser.
  for (const each of [page, beside]) await each.clock.setSystemTime(Date.now() + 590_000);
  const renewed = await Promise.all(
    [page, beside].map(async (each) => {
      const asked = each.waitForRequest(withNewToken);
      await comeBackTo(each);
      return (await asked).headers()['authorization'];
    }),
  );
  expect(provider.grants).toEqual(['refresh_token']);
  expect(renewed[0]).toBe(renewed[1]);
  expect(await page.getByRole('dialog').count()).toBe(0);
});

/** A request to the service by a token that holds for long. */
function withNewToken(request: { url(): string; headers(): Record<string, string> }): boolean {
  const payload = request.headers()['authorization']?.split('.')[1];
  if (payload === undefined || request.url().startsWith(provider.issuer)) return false;
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
  return exp - Date.now() / 1000 > 1000;
}

it('offers to sign out of the provider, too', async () => {
  const page = await console.visit('/');
  await begin(page);
  await agree(page);
  await signedIn(page);
  await page.evaluate(() => new BroadcastChannel('snapback-session').postMessage({ kind: 'signed-out' }));
  const link = page.getByRole('link', { name: /^Sign out of 127\.0\.0\.1/ });
  expect(await link.getAttribute('href')).toBe(`${provider.issuer}/session/end`);
});

it('comes without the provider, says so, and takes a token meanwhile', async () => {
  const port = await freePort();
  const absent = await startConsole({
    PORT: String(port),
    ...provider.env,
    CONSOLE_OIDC_ISSUER: `http://127.0.0.1:${await freePort()}`,
  });
  try {
    const page = await absent.visit('/');
    await page.getByText('does not answer the service').waitFor();
    await screenshot(page, 'sign-in-oidc-away');
    expect(await page.getByRole('button', { name: 'Sign in', exact: true }).isEnabled()).toBe(true);
    expect(absent.complaints).toEqual([]);
  } finally {
    await absent.stop();
  }
});

it('asks again when the provider is back, and nobody has to sign in', async () => {
  // The service takes it for some seconds more, as clocks differ.
  provider.lifetimeSeconds = 1;
  const page = await console.visit('/');
  await begin(page);
  await agree(page);
  await signedIn(page);
  // Not while it answers: what it is asked with, it takes only once.
  await page.waitForLoadState('networkidle');
  await provider.leave();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  const comeBackUntil = async (isOpen: boolean) => {
    while ((await dialog.isVisible()) !== isOpen) {
      await comeBackTo(page);
      await page.waitForTimeout(300);
    }
  };
  await comeBackUntil(true);
  provider.lifetimeSeconds = 3600;
  await provider.comeBack();
  await comeBackUntil(false);
  expect(await page.getByRole('heading', { name: 'Overview' }).isVisible()).toBe(true);
});
