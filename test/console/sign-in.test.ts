import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testToken } from '../harness/tokens.js';
import { signIn, startConsole } from './console-fixture.js';
import type { ConsoleUnderTest, Look } from './console-fixture.js';
import { barriers } from './in-page.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.stop());

const places = (page: Page) => page.getByRole('navigation', { name: 'Places' });
const form = (page: Page) => page.getByRole('heading', { name: 'Sign in to Snapback' });

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel('Token').fill(text);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

describe('signing in with a token', () => {
  it('says at the field what is wrong', async () => {
    const page = await console.visit('/');
    const wrong = [
      ['', 'Paste a token first.'],
      ['nonsense', 'The token is not valid.'],
      ['☃', 'This is no token.'],
      [testToken({ lifetimeSeconds: -60 }), 'The token has expired.'],
      [testToken({ organization: 'other' }), 'This service is for another organization'],
    ] as const;
    for (const [text, sentence] of wrong) {
      await paste(page, text);
      await page.getByRole('alert').getByText(sentence).waitFor();
      expect(await page.getByLabel('Token').getAttribute('aria-invalid')).toBe('true');
    }
    expect(await form(page).isVisible()).toBe(true);
  });

  it('takes one as a terminal or a mail has broken it, header and all', async () => {
    const page = await console.visit('/');
    const [head, ...rest] = testToken().split('.');
    await paste(page, `  Bearer ${head}.\n  ${rest.join(' .')} `);
    await places(page).waitFor();
    expect(await form(page).count()).toBe(0);
  });

  it('keeps it in no storage, cookie, address or history', async () => {
    const page = await console.open('/audit');
    // What the page asks for before it is loaded again has the token, of course.
    await page.waitForLoadState('networkidle');
    const token = await tokenOf(page, () => page.reload());
    expect(token).toBeUndefined();
    const kept = await page.evaluate(`(async () => ({
      storage: JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]),
      databases: (await indexedDB.databases()).length,
      caches: (await caches.keys()).length,
      address: location.href,
      cookie: document.cookie,
    }))()`);
    expect(JSON.stringify(kept)).not.toMatch(/eyJ/);
    expect(kept).toMatchObject({ databases: 0, caches: 0, cookie: '', address: `${console.service.url}/audit` });
    expect(await page.context().cookies()).toEqual([]);
  });

  it.each<[string, Look]>([
    ['sign-in', {}],
    ['sign-in-dark', { scheme: 'dark' }],
    ['sign-in-phone', { phone: true }],
    ['sign-in-phone-dark', { phone: true, scheme: 'dark' }],
  ])('can be read by everybody: %s', async (name, look) => {
    const page = await console.visit('/', look);
    await paste(page, 'nonsense');
    await page.getByRole('alert').waitFor();
    expect(await barriers(page)).toEqual([]);
    await screenshot(page, name);
  });
});

/** By which token the page asks while something is done; undefined: by none. */
async function tokenOf(page: Page, work: () => Promise<unknown>): Promise<string | undefined> {
  let shown: string | undefined;
  page.on('request', (request) => (shown = request.headers()['authorization'] ?? shown));
  await work();
  await form(page).waitFor();
  return shown;
}

describe('an address that somebody has made up', () => {
  const script = '<img src=x onerror="globalThis.hit=1">';

  it.each([
    `/#sign-in=${script}`,
    `/audit?actor=${encodeURIComponent(script)}#${script}`,
    `/projects/${encodeURIComponent(script)}/environments/${encodeURIComponent('javascript:alert(1)')}`,
    `/sign-in/callback?error=x&error_description=${encodeURIComponent(script)}`,
  ])('runs nothing: %s', async (path) => {
    const page = await console.visit(path);
    await form(page).waitFor();
    await signIn(page, testToken());
    expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
    expect(console.complaints).toEqual([]);
  });
});
