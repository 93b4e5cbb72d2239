import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentCreate, projectCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { CLOCK_TOLERANCE_SECONDS } from '../../src/auth/verification/token-times.js';
import { testToken } from '../harness/tokens.js';
import { comeBackTo, signIn, startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { barriers } from './in-page.js';
import { screenshot } from './screenshot.js';

/** Of a token that holds long enough to open a page with it. */
const ENDS_SOON = 4 - CLOCK_TOLERANCE_SECONDS;

let console: ConsoleUnderTest;
beforeAll(async () => {
  console = await startConsole();
  const client = console.service.client();
  const { id: projectId } = await result(projectCreate({ client, body: { name: 'webshop' } }));
  const database = {
    kind: 'connection',
    host: '127.0.0.1',
    port: 1,
    database: 'shop',
    user: 'shop',
    password: 'x',
  } as const;
  await result(
    environmentCreate({
      client,
      path: { projectId },
      query: { check: false },
      body: { name: 'checkout', type: 'production', database },
    }),
  );
});
afterAll(() => console.stop());

const places = (page: Page) => page.getByRole('navigation', { name: 'Places' });
const dialog = (page: Page) => page.getByRole('dialog', { name: 'Your session has ended' });
const form = (page: Page) => page.getByRole('heading', { name: 'Sign in to Snapback' });
/** What is on the page itself, and what is hidden from screen readers behind a dialog. */
const environment = (page: Page) => page.getByText('checkout').first();

/** Comes back to the page, as people do, until the service does not take its token any more. */
async function ended(page: Page): Promise<void> {
  while (!(await dialog(page).isVisible())) {
    await comeBackTo(page);
    await page.waitForTimeout(300);
  }
}

describe('a token that expires while a page is open', () => {
  it('leaves the page where it is, below a dialog in which one signs in again', async () => {
    const page = await console.open('/?q=checkout', { claims: { lifetimeSeconds: ENDS_SOON } });
    await environment(page).waitFor();
    await ended(page);
    expect(await environment(page).isVisible()).toBe(true);
    expect(await barriers(page)).toEqual([]);
    await screenshot(page, 'session-ended');
    await page.keyboard.press('Escape');
    expect(await dialog(page).isVisible()).toBe(true);
    await signIn(page, testToken());
    await dialog(page).waitFor({ state: 'detached' });
    expect(page.url()).toBe(`${console.service.url}/?q=checkout`);
    expect(await environment(page).isVisible()).toBe(true);
    expect(console.complaints).toEqual([]);
  });

  it('leaves nothing to who signs in then as somebody else', async () => {
    const page = await console.open('/', { claims: { lifetimeSeconds: ENDS_SOON }, phone: true, scheme: 'dark' });
    await environment(page).waitFor();
    await ended(page);
    await screenshot(page, 'session-ended-phone-dark');
    await signIn(page, testToken({ subject: 'guest', projects: [] }));
    await dialog(page).waitFor({ state: 'detached' });
    await environment(page).waitFor({ state: 'detached' });
    expect(await places(page).isVisible()).toBe(true);
  });
});

describe('two tabs', () => {
  const both = async () => {
    const one = await console.visit('/?q=checkout');
    const other = await one.context().newPage();
    await other.goto(`${console.service.url}/`);
    await form(other).waitFor();
    await signIn(one, testToken({ lifetimeSeconds: ENDS_SOON }));
    await places(other).waitFor();
    await ended(other);
    return { one, other };
  };

  it('are signed in together, and again when one of them is', async () => {
    const { one, other } = await both();
    await ended(one);
    const token = testToken();
    // What was refused is asked for again, there as well.
    const asked = one.waitForRequest((request) => request.headers()['authorization'] === `Bearer ${token}`);
    await signIn(other, token);
    await dialog(one).waitFor({ state: 'detached' });
    await asked;
    expect(await dialog(one).count()).toBe(0);
  });

  it('are signed out together', async () => {
    const { one, other } = await both();
    await other.getByRole('button', { name: 'Leave' }).click();
    await form(other).waitFor();
    await form(one).waitFor();
    await one.getByText('You are signed out, in all tabs.').waitFor();
    expect(one.url()).toBe(`${console.service.url}/?q=checkout`);
  });

  it('of two browsers know nothing of each other', async () => {
    await console.open('/');
    const other = await console.visit('/');
    await form(other).waitFor();
    expect(await places(other).count()).toBe(0);
  });
});
