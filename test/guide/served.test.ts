import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

/** What `npm run build` has made. */
const BUILT = join(import.meta.dirname, '..', '..', 'dist', 'guide');

let service: TestService;
let without: TestService;
beforeAll(async () => {
  [service, without] = await Promise.all([startTestService(), startTestService({ DOCS_ENABLED: 'false' })]);
});
afterAll(() => Promise.all([service.stop(), without.stop()]));

const get = (path: string) => fetch(`${service.url}${path}`, { redirect: 'manual' });

/** The status for a path as it is: `fetch` would tidy it up. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.url);
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

describe('the guide, where Snapback runs', () => {
  it('begins at /guide, without a token', async () => {
    const led = await get('/guide');
    expect([led.status, led.headers.get('location')]).toEqual([301, '/guide/']);
    const welcome = await get('/guide/');
    expect([welcome.status, welcome.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    expect(await welcome.text()).toBe(await readFile(join(BUILT, 'index.html'), 'utf8'));
  });

  it.each([
    ['/guide/concepts.html', /^text\/html/],
    ['/guide/concepts', /^text\/html/],
    ['/guide/api/rollbacks.html', /^text\/html/],
    ['/guide/guide.css', /^text\/css/],
    ['/guide/search/search.js', /^text\/javascript/],
    ['/guide/icon.svg', /^image\/svg/],
  ])('has %s', async (path, type) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringMatching(type)]);
  });

  it.each([
    '/guide/nothing.html',
    '/guide/../build.json',
    '/guide/..%2fbuild.json',
    '/guide/%2e%2e/src/main.js',
    '/guide/.env',
  ])('has no %s', async (path) => {
    expect(await statusOf(path)).toBe(404);
  });

  it('is not there where documents are not to be served', async () => {
    expect((await fetch(`${without.url}/guide/`, { redirect: 'manual' })).status).toBe(404);
  });
});
