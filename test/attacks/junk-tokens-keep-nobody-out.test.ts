import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../integration/http/app.js';
import { bearer, token } from '../integration/http/tokens.js';
import { Callers, KeyServer, providerKey, publishing } from './key-server.js';

const first = providerKey('first', 'RS256');
const second = providerKey('second');
const stranger = providerKey('stranger');

const valid = (): string => token({}, { alg: 'RS256', kid: 'first' }, first.privateKey);
const junk = (n: number): string => token({}, { alg: 'ES256', kid: `junk-${n}` }, stranger.privateKey);

describe('tokens that name keys nobody has', () => {
  let provider: KeyServer;
  let service: TestApp;

  const status = async (text: string): Promise<number> =>
    (await fetch(`${service.url}/api/v1/projects`, { headers: bearer(text) })).status;
  const statuses = (texts: string[]): Promise<number[]> => Promise.all(texts.map(status));
  const many = Array.from({ length: 100 }, (_, n) => n);

  beforeAll(async () => {
    provider = new KeyServer([first.jwk]);
    service = await startApp([Callers], {
      env: { JWT_JWKS_URL: await provider.start(), JWT_KEYS_COOLDOWN_SECONDS: '1', RATE_LIMIT_ADDRESS: '100000' },
    });
  });
  afterAll(async () => {
    await service.close();
    await provider.stop();
  });
  beforeEach(() => {
    provider.answer = publishing([first.jwk]);
  });

  it('are refused, and let the provider be asked once however many they are', async () => {
    expect(await status(valid())).toBe(200);
    provider.asked = 0;
    const answers = await statuses(many.flatMap((n) => [junk(n), valid()]));
    expect(answers).toEqual(many.flatMap(() => [401, 200]));
    // At most once a second, which is what this service was told.
    expect(provider.asked).toBeLessThanOrEqual(3);
  });

  it.each([
    ['is away', (response) => void response.destroy()],
    ['fails', (response) => void response.writeHead(500).end('{"keys":[]}')],
    ['answers with something else', (response) => void response.end('<html>Maintenance</html>')],
    ['answers without keys', (response) => void response.end('{"keys":[]}')],
    [
      'answers with keys of no use',
      (response) => void response.end('{"keys":[null,{"kty":"RSA","kid":"first","n":"","e":""}]}'),
    ],
    ['answers without an end', (response) => void response.write('{"keys":['.padEnd(4_000_000, ' '))],
    ['sends elsewhere', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
  ] satisfies [string, KeyServer['answer']][])(
    'do not make the keys forgotten while the provider %s',
    async (_, answer) => {
      expect(await status(valid())).toBe(200);
      provider.answer = answer;
      // The cool-down passes, so that the provider is asked, and says this.
      const { asked } = provider;
      while (provider.asked === asked) expect(await status(junk(0))).toBe(401);
      expect(await statuses([junk(1), valid(), junk(2), valid()])).toEqual([401, 200, 401, 200]);
    },
  );

  it('do not keep a new key of the provider waiting for longer than the cool-down', async () => {
    provider.answer = publishing([first.jwk, second.jwk]);
    const rotated = token({}, { alg: 'ES256', kid: 'second' }, second.privateKey);
    const startedAt = Date.now();
    while ((await status(rotated)) !== 200) {
      expect(await status(junk(1))).toBe(401);
      expect(Date.now() - startedAt).toBeLessThan(5000);
    }
  });

  it('let a key that the provider has withdrawn go', async () => {
    provider.answer = publishing([first.jwk, second.jwk]);
    const withdrawn = (): string => token({}, { alg: 'ES256', kid: 'second' }, second.privateKey);
    while ((await status(withdrawn())) !== 200) expect(await status(valid())).toBe(200);
    // Not a new one each time, which would be checked anew anyhow.
    const used = withdrawn();
    expect(await statuses([used, used])).toEqual([200, 200]);
    provider.answer = publishing([first.jwk]);
    const startedAt = Date.now();
    while ((await status(used)) !== 401) {
      await status(junk(1));
      expect(Date.now() - startedAt).toBeLessThan(5000);
    }
    expect(await statuses([used, withdrawn()])).toEqual([401, 401]);
    expect(await status(valid())).toBe(200);
  });
});
