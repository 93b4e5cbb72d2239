import { request } from 'node:http';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operatorName } from '../../src/audit/cli/operator-entry.js';
import { PERMISSIONS } from '../../src/auth/permission.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { startService } from '../../src/start-service.js';
import type { RunningService } from '../../src/start-service.js';
import { startBrowser } from './console-fixture.js';
import { screenshot } from './screenshot.js';

const links: string[] = [];
let log = '';
let directory: string;
let service: RunningService;
let browser: Browser;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-link-'));
  // PostgreSQL's own user has to pass.
  await chmod(directory, 0o755);
  const env = { DATA_DIR: join(directory, 'data'), PORT: '0', LOG_LEVEL: 'trace' };
  const options = {
    log: { write: (line: string) => void (log += line) },
    signInLink: (link: string) => void links.push(link),
  };
  [service, browser] = await Promise.all([startService(loadConfiguration(env), options), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await rm(directory, { recursive: true, force: true });
});

const codeOf = (link: string | undefined) => link?.split('#sign-in=')[1] ?? '';
const newest = () => links.at(-1) ?? '';

async function open(link: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(link);
  return page;
}

interface Answer {
  status: number;
  type: string | undefined;
  body: string;
}

/** Not `fetch`, which chooses some of these headers itself. */
function send(body: string, headers: Record<string, string> = {}, method = 'POST'): Promise<Answer> {
  const url = new URL('/console/sign-in', service.url);
  const own = { 'content-type': 'application/json', origin: url.origin, host: url.host };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...own, ...headers } }, (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => (text += piece.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], body: text }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

it('signs in, once; who opens it again is told where the next one is', async () => {
  expect(links).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#sign-in=[\w-]{43}$/)]);
  const [link = ''] = links;
  const page = await open(link);
  await page.getByRole('navigation', { name: 'Places' }).waitFor();
  expect(page.url()).toBe(`${service.url}/`);
  expect(links).toHaveLength(2);
  const again = await open(link);
  await again.getByRole('alert').getByText('The terminal in which the service runs shows a new one').waitFor();
  await again.getByText('This service runs on your own machine').waitFor();
  await screenshot(again, 'sign-in-link-used');
  // Not who is signed in beside it.
  const beside = await page.context().newPage();
  await beside.goto(link);
  await beside.getByRole('navigation', { name: 'Places' }).waitFor();
  expect(links).toHaveLength(2);
  await (await open(newest())).getByRole('navigation', { name: 'Places' }).waitFor();
});

it('is refused to other sites, other names of this machine, proxies and guesses, and stays good', async () => {
  const body = JSON.stringify({ code: codeOf(newest()) });
  const refusals = await Promise.all([
    send(body, { host: 'evil.example', origin: 'http://evil.example' }),
    send(body, { host: `127.0.0.1.evil.example`, origin: 'http://127.0.0.1.evil.example' }),
    send(body, { origin: 'http://evil.example' }),
    send(body, { origin: 'null' }),
    send(body, { origin: service.url!.replace('http:', 'https:') }),
    send('{"code":"guessed"}'),
    send('{"code":7}'),
    send('[]'),
    send('null'),
  ]);
  for (const { status, type, body: problem } of refusals) {
    expect([status, type]).toEqual([401, expect.stringMatching(/^application\/problem\+json/)]);
    expect(JSON.parse(problem)).toMatchObject({ code: 'unauthenticated', status: 401 });
  }
  expect((await send(body, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await send('{')).status).toBe(400);
  expect((await send(JSON.stringify({ code: 'x'.repeat(600) }))).status).toBe(413);
  expect((await send('', {}, 'GET')).status).toBe(404);
  const before = links.length;
  const { status, body: answer } = await send(body);
  expect(status).toBe(200);
  const { token, expiresAt } = JSON.parse(answer) as { token: string; expiresAt: string };
  expect(links).toHaveLength(before + 1);
  const hours = (Date.parse(expiresAt) - Date.now()) / 3_600_000;
  expect(Math.round(hours)).toBe(12);
  const access = await fetch(`${service.url}/api/v1/access`, { headers: { authorization: `Bearer ${token}` } });
  expect(await access.json()).toMatchObject({ organization: 'default', permissions: [...PERMISSIONS] });
});

it('is in the audit each time it made a token, and in no line of the log', async () => {
  const client = new Client({ connectionString: service.embedded!.url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT actor, subject_kind, after FROM audit_entries WHERE operation = 'token.mint' ORDER BY sequence`,
  );
  await client.end();
  expect(rows).toHaveLength(links.length - 1);
  expect(rows[0]).toEqual({
    actor: operatorName(),
    subject_kind: 'token',
    after: {
      ...{ organization: 'default', permissions: [...PERMISSIONS], projects: null },
      expiresAt: expect.any(String),
    },
  });
  // Lines are written together: others bring along those that wait.
  const another = () => fetch(`${service.url}/api/v1/access`).then(() => log);
  await expect.poll(another, { timeout: 15_000 }).toContain('/api/v1/access');
  expect(links.filter((link) => log.includes(codeOf(link)))).toEqual([]);
  expect(log).not.toMatch(/eyJ/);
});
