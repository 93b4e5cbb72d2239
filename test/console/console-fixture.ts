import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { onTestFinished, TestRunner } from 'vitest';
import { findChromium } from '../../scripts/ensure-chromium.mjs';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

export type Claims = Parameters<typeof testToken>[0];

export interface Look {
  scheme?: 'light' | 'dark';
  phone?: boolean;
  motion?: 'reduce' | 'no-preference';
}

export interface ConsoleUnderTest {
  service: TestService;
  browser: Browser;
  /** A page of a browser of its own, signed in by a token, at an address below the service's. */
  open(path?: string, options?: { claims?: Claims } & Look): Promise<Page>;
  /** The same, signed out. */
  visit(path?: string, look?: Look): Promise<Page>;
  /** What pages have said that they should not: errors, and what the policy of the page has refused. */
  complaints: string[];
  stop(): Promise<void>;
}

export const DESKTOP = { width: 1280, height: 860 };
const PATIENCE_MS = 15_000;
export const PHONE = { width: 390, height: 844 };

export async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('There is no Chromium; run node scripts/ensure-chromium.mjs.');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
  });
}

/** The built console, served by the service in this process, and a browser to look at it. */
export async function startConsole(env: NodeJS.ProcessEnv = {}): Promise<ConsoleUnderTest> {
  const [service, browser] = await Promise.all([
    startTestService({ CONSOLE_ENABLED: 'true', RATE_LIMIT_ADDRESS: '100000', RATE_LIMIT_SUBJECT: '100000', ...env }),
    startBrowser(),
  ]);
  const complaints: string[] = [];
  const visit = async (path = '/', look: Look = {}) => {
    const context = await browser.newContext(contextOf(look));
    // A page that nobody looks at any more goes on asking and drawing; what a whole file looks at is closed with the browser.
    if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => context.close());
    const page = await context.newPage();
    watch(page, complaints);
    // Shorter than a test may take: what is not found is told by its name.
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(service.url + path);
    return page;
  };
  return {
    service,
    browser,
    complaints,
    visit,
    open: async (path = '/', { claims, ...look } = {}) => {
      const page = await visit(path, look);
      await signIn(page, testToken(claims));
      return page;
    },
    stop: async () => {
      await browser.close();
      await service.stop();
    },
  };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Places' }).waitFor();
}

/** Somebody comes back to a page: what is old on it is asked for again. */
export async function comeBackTo(page: Page): Promise<void> {
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
}

function contextOf({ scheme = 'light', phone = false, motion = 'reduce' }: Look): BrowserContextOptions {
  return {
    viewport: phone ? PHONE : DESKTOP,
    colorScheme: scheme,
    reducedMotion: motion,
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    ...(phone && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
  };
}

/** What a request was answered with is the business of the page; what it says beside that is a mistake of ours. */
function watch(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const isAnswer = message.text().startsWith('Failed to load resource');
    if ((message.type() === 'error' || message.type() === 'warning') && !isAnswer) complaints.push(message.text());
  });
}
