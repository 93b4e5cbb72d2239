import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, pageMaker } from './console-page.js';

const ROUTER = readFileSync(join(import.meta.dirname, '../../console/app/router.tsx'), 'utf8');
const BUILT = readFileSync(join(import.meta.dirname, '../../console/index.html'), 'utf8');

/** The paths of the router, as they stand there: texts, the constant `environment`, and templates that begin with it. */
function routes(): string[] {
  const environment = /const environment = '([^']+)'/.exec(ROUTER)?.[1] ?? '';
  const written = [...ROUTER.matchAll(/^\s*path: (.+),$/gm)].map(([, path = '']) => path);
  return written.map((path) =>
    path
      .replace(/^environment$/, environment)
      .replaceAll(/['`]/g, '')
      .replace('${environment}', environment),
  );
}

const example = (route: string) => route.replaceAll(/\$\w+/g, '0d4a9c1e-6f0e-4a6e-9c57-8a2f6d0c1b11');

describe('the pages that are served', () => {
  it('are those of the router, and where the provider sends people back to', () => {
    expect(routes().length).toBeGreaterThan(8);
    for (const path of [...routes().map(example), '/sign-in/callback'])
      expect([path, PAGES.test(path)]).toEqual([path, true]);
  });

  it.each([
    '/nothing',
    '/projects',
    '/api/v1/projects',
    '/docs',
    '/assets/x.js',
    '//evil.example',
    '/rollbacks',
    '/audit/x',
  ])('are not %s', (path) => expect(PAGES.test(path)).toBe(false));

  it('hold what the console is told, whatever is in it', () => {
    const config = {
      version: '1',
      signInLink: false,
      oidc: null,
      oidcAway: '"><script>alert("$&")</script>&quot;',
    };
    const html = pageMaker(BUILT)('n0nce', config);
    expect(html).not.toContain('<script>');
    const [, content = ''] = /name="snapback-console" content="([^"]*)"/.exec(html) ?? [];
    const told = content.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    expect(JSON.parse(told)).toEqual(config);
    expect(html).toContain('<meta name="snapback-nonce" content="n0nce">');
  });
});
