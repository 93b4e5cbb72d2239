import { afterAll, beforeAll, describe, it } from 'vitest';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { madeUpSecret, secretIn } from '../harness/secret-mark.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine } from './command-line.js';
import { ForwardProxy } from './forward-proxy.js';
import { NAME, OwnAuthority } from './own-authority.js';

const CREDENTIALS = `jane:${madeUpSecret()}`;

let service: TestService;
let authority: OwnAuthority;
let place: TestEnvironment;
let snapback: CommandLine;
/** Who knows the way to the service, in clear and encrypted. */
const proxies: ForwardProxy[] = [];

beforeAll(async () => {
  service = await startTestService();
  [authority, place] = await Promise.all([
    OwnAuthority.before(service.url),
    createTestEnvironment(service.client(), service.filestoreRoot),
  ]);
  snapback = await CommandLine.open({ SNAPBACK_TOKEN: testToken(), SNAPBACK_CA_FILE: authority.certificate });
});
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await authority.close();
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

async function proxyTo(credentials?: string): Promise<ForwardProxy> {
  const clear = Number(new URL(service.url).port);
  const leadsTo = { 'clear.internal': clear, [NAME]: authority.port };
  const proxy = await ForwardProxy.start({ leadsTo, ...(credentials !== undefined && { credentials }) });
  proxies.push(proxy);
  return proxy;
}

const list = ['project', 'list', '-q'];

describe.concurrent('a service that is reached by way of a proxy', { timeout: 60_000 }, () => {
  it('is asked, and listened to, by way of that of HTTP_PROXY', async ({ expect }) => {
    const proxy = await proxyTo();
    const env = { SNAPBACK_URL: 'http://clear.internal', HTTP_PROXY: proxy.url() };
    const ran = await snapback.run(['snapshot', 'create', '--wait', '--env', place.environment.id], { env });
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^The snapshot \w{8} .* is completed/) });
    expect(proxy.asked).toContainEqual(expect.stringMatching(/^GET http:\/\/clear\.internal\/api\/v1\/.*\/progress$/));
    expect(proxy.asked.filter((line) => line.startsWith('CONNECT'))).toEqual([]);
  });

  it('is asked, and listened to, through a tunnel of that of HTTPS_PROXY, when it is encrypted', async ({ expect }) => {
    const proxy = await proxyTo();
    const env = { SNAPBACK_URL: `https://${NAME}`, HTTPS_PROXY: proxy.url() };
    const ran = await snapback.run(['snapshot', 'create', '--wait', '--env', place.environment.id], { env });
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^The snapshot \w{8} .* is completed/) });
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${NAME}:443`]));
  });

  it('is asked directly when NO_PROXY names it', async ({ expect }) => {
    const proxy = await proxyTo();
    const env = { SNAPBACK_URL: service.url, HTTP_PROXY: proxy.url(), NO_PROXY: 'example.com,127.0.0.1' };
    expect(await snapback.run(list, { env })).toMatchObject({ code: 0 });
    expect(proxy.asked).toEqual([]);
  });

  it.for([
    ['in clear', { SNAPBACK_URL: 'http://clear.internal' }],
    ['encrypted', { SNAPBACK_URL: `https://${NAME}` }],
  ] as const)(
    'is asked %s with the password of the proxy, whose name need not say http',
    async ([, where], { expect }) => {
      const proxy = await proxyTo(CREDENTIALS);
      const through = (url: string) => ({ ...where, HTTP_PROXY: url, HTTPS_PROXY: url });
      const url = proxy.url(CREDENTIALS);
      expect(await snapback.run(list, { env: through(url.replace('http://', '')) })).toMatchObject({
        code: 0,
        err: '',
      });
      const refused = await snapback.run(list, { env: through(proxy.url(`jane:${madeUpSecret()}`)) });
      expect(refused).toMatchObject({ code: 5, out: '', err: expect.stringMatching(/407[^]*Give the proxy its name/) });
      expect(secretIn(refused.err)).toBeUndefined();
    },
  );

  it('is not asked when the proxy is none, or not there, and that is said', async ({ expect }) => {
    const port = await freePort();
    const env = (HTTP_PROXY: string) => ({ env: { SNAPBACK_URL: 'http://clear.internal', HTTP_PROXY } });
    const away = await snapback.run(list, env(`http://${CREDENTIALS}@127.0.0.1:${port}`));
    expect(away).toMatchObject({ code: 5, err: expect.stringContaining(`connect ECONNREFUSED 127.0.0.1:${port}`) });
    const none = await snapback.run(list, env(`ftp://${CREDENTIALS}@proxy.internal`));
    expect(none).toEqual({ code: 2, out: '', err: expect.stringContaining('HTTP_PROXY') });
    for (const { err } of [away, none]) {
      expect(err).not.toMatch(/^ +at |fault/m);
      expect(secretIn(err)).toBeUndefined();
    }
  });
});
