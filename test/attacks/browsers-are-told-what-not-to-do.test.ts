import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asker } from '../contract/ask.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ TRUST_PROXY: 'loopback' });
});
afterAll(() => service.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${service.url}${path}`, { headers, redirect: 'manual' });

/** The directives of a policy, by name. */
function policyOf({ headers }: Response): Map<string, string[]> {
  const policy = headers.get('content-security-policy') ?? '';
  const directives = policy.split(';').map((directive) => directive.trim().split(/\s+/));
  return new Map(directives.map(([name = '', ...sources]) => [name, sources]));
}

const token = { authorization: `Bearer ${testToken()}` };

describe.each<[string, string, Record<string, string>]>([
  ['a list', '/api/v1/projects', token],
  ['a list, asked for in capitals', '/API/V1/projects', token],
  ['a refusal', '/api/v1/projects', {}],
  ['an unknown path of the API', '/api/v1/nothing', token],
  ['an unknown path', '/nothing', {}],
  ['a path that cannot be decoded', '/api/v1/projects/%zz', token],
  ['health', '/api/v1/health/ready', {}],
  ['the contract', '/openapi.json', {}],
  ['the contract as it was written', '/openapi.yaml', {}],
  ['the document of Swagger UI', '/docs-json', {}],
  ['Swagger UI', '/docs', {}],
  ['Swagger UI, asked for in capitals', '/DOCS/', {}],
  ['a script of Swagger UI', '/docs/swagger-ui-bundle.js', {}],
  ['the way to it', '/', {}],
  ['the guide', '/guide/', {}],
  ['a page of the guide, asked for in capitals', '/GUIDE/concepts', {}],
  ['the style sheet of the guide', '/guide/guide.css', {}],
])('%s', (_, path, headers) => {
  it('cannot be framed, guessed at, referred from or opened by other sites, nor run anything that is not ours', async () => {
    const response = await get(path, headers);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const policy = policyOf(response);
    for (const name of ['default-src', 'frame-ancestors', 'base-uri', 'form-action']) {
      expect([name, policy.get(name)]).toEqual([name, ["'none'"]]);
    }
    const allowed = [...policy.values()].flat();
    expect(allowed.filter((source) => !["'none'", "'self'", 'data:'].includes(source))).toEqual([]);
    expect(policy.get('script-src') ?? ["'none'"]).not.toContain('data:');
    const cache = response.headers.get('cache-control');
    expect(cache).toBe(/^\/((docs|guide)(\/.*)?)?$/i.test(path) ? 'no-cache' : 'no-store');
  });
});

describe('Swagger UI', () => {
  it('has nothing inline, and everything that it loads is here', async () => {
    for (const path of ['/docs', '/docs/']) {
      const page = await get(path);
      expect(page.headers.get('content-type')).toMatch('text/html');
      const html = await page.text();
      expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|<script>|<script(?![^>]* src=)/i);
      const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
      const own = files.filter((file) => !file.startsWith('data:image/'));
      expect(own.length).toBeGreaterThanOrEqual(5);
      for (const file of own) {
        const url = new URL(file, `${service.url}${path}`);
        expect(url.origin).toBe(service.url);
        const type = (await get(url.pathname)).headers.get('content-type');
        expect([file, type]).toEqual([
          file,
          expect.stringMatching(file.endsWith('.css') ? /^text\/css/ : /javascript/),
        ]);
      }
    }
  });

  it('keeps the token in memory only', async () => {
    const script = await (await get('/docs/swagger-ui-init.js')).text();
    expect(script).toContain('"persistAuthorization": false');
    expect(script).not.toMatch(/localStorage|sessionStorage|document\.cookie/);
  });
});

describe('who came by TLS', () => {
  it('is told to keep to it, and nobody else is', async () => {
    const ask = asker(service.url, testToken());
    const byTls = await ask('GET', '/api/v1/projects', { headers: { 'x-forwarded-proto': 'https' } });
    expect(byTls.headers.get('strict-transport-security')).toBe('max-age=15552000');
    expect((await ask('GET', '/api/v1/projects')).headers.get('strict-transport-security')).toBeNull();
  });
});
