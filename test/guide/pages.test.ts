import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTree } from '../../cli/command-tree.js';
import { Contract } from '../../src/contract/contract.js';

const ROOT = join(import.meta.dirname, '..', '..');

let directory: string;
/** What the guide consists of, by the path of its file. */
const pages = new Map<string, string>();

const build = (to: string) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'guide', 'build.mjs'), '--to', to], { cwd: tmpdir() });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-guide-'));
  await build(directory);
  for (const path of globSync('**/*.html', { cwd: directory }))
    pages.set(path, await readFile(join(directory, path), 'utf8'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What a page names, of a kind of attribute. */
function named(html: string, attribute: 'href' | 'src'): string[] {
  return [...html.matchAll(new RegExp(`<[^>]*\\s${attribute}="([^"]*)"`, 'g'))].map(([, value]) => value!);
}

const isOutside = (link: string) => /^[a-z][a-z+.-]*:/i.test(link);
const idsOf = (html: string) => new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!));

describe('the guide', () => {
  it('has a page for each document, decision, tag of the contract and client', () => {
    const documents = globSync('docs/{*,adr/*}.md', { cwd: ROOT }).filter((path) => path !== 'docs/README.md');
    const lost = documents
      .map((path) => path.replace(/^docs\/(.*)\.md$/, '$1.html'))
      .filter((path) => !pages.has(path));
    expect(lost).toEqual([]);
    const tags = Contract.load().document as unknown as { tags: { name: string }[] };
    expect(tags.tags.filter(({ name }) => !pages.has(`api/${name}.html`))).toEqual([]);
    expect(pages.size).toBeGreaterThan(80);
  });

  it('has a place in its navigation for every page, and none that nobody has thought of', () => {
    const welcome = pages.get('index.html')!;
    const sections = [...welcome.matchAll(/<summary>([^<]*)<\/summary>/g)].map(([, title]) => title);
    // In guide/navigation.mjs.
    expect(sections).not.toContain('More');
    const led = new Set([
      ...named(welcome, 'href'),
      ...named(pages.get('adr/index.html')!, 'href').map((link) => join('adr', link)),
    ]);
    expect([...pages.keys()].filter((path) => !led.has(path))).toEqual([]);
  });

  it('has no link that leads nowhere, to a page, a file or a place in one', () => {
    const lost: string[] = [];
    let count = 0;
    for (const [path, html] of pages) {
      for (const link of [...named(html, 'href'), ...named(html, 'src')].filter((each) => !isOutside(each))) {
        count += 1;
        const [file = '', place] = link.split('#');
        const target = file === '' ? path : normalize(join(dirname(path), file));
        const isThere = place === undefined || idsOf(pages.get(target) ?? '').has(decodeURIComponent(place));
        if (file.startsWith('/') || target.startsWith('..') || !existsSync(join(directory, target)) || !isThere)
          lost.push(`${path}: ${link}`);
      }
    }
    expect(count).toBeGreaterThan(5_000);
    expect(lost).toEqual([]);
  });

  it('has each place once, so that a link to it leads there', () => {
    for (const [path, html] of pages) {
      const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!);
      expect([path, ids.filter((id, at) => ids.indexOf(id) !== at)]).toEqual([path, []]);
    }
  });

  it('has nothing inline, one script, and loads nothing from elsewhere', async () => {
    for (const [path, html] of pages) {
      const scripts = [...html.matchAll(/<script[^>]*>[^]*?<\/script>/g)].map(([script]) => script);
      expect(scripts).toEqual([
        expect.stringMatching(/^<script type="module" src="[./]*search\/search\.js"><\/script>$/),
      ]);
      const inline = html.match(/<style|<iframe|<object|<embed|<base|<form|<[^>]*\s(?:style|on\w+)=/i);
      expect([path, inline]).toEqual([path, null]);
      expect([path, html.match(/javascript:|url\(/i)]).toEqual([path, null]);
      const loaded = [
        ...named(html, 'src'),
        ...[...html.matchAll(/<link [^>]*href="([^"]*)"/g)].map(([, href]) => href!),
      ];
      expect(loaded.length).toBeGreaterThan(2);
      expect([path, loaded.filter(isOutside)]).toEqual([path, []]);
    }
    expect(await readFile(join(directory, 'guide.css'), 'utf8')).not.toMatch(/@import|url\(/);
    const imported = globSync('search/*.js', { cwd: directory }).map((path) => readFile(join(directory, path), 'utf8'));
    expect(imported).toHaveLength(3);
    for (const script of (await Promise.all(imported)).filter((text) => !text.startsWith('export default ')))
      expect(script).not.toMatch(/\beval\b|Function\(|innerHTML|document\.write|https?:|fetch\(/);
  });

  it('names files of the repository that it does not have by their paths', () => {
    const named = [...pages.values()].flatMap((html) =>
      [...html.matchAll(/<span class="source" title="([^"]+)">/g)].map(([, path]) => path!),
    );
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('can be read by whoever hears it: a language, one heading of the first rank, and words for each drawing', () => {
    for (const [path, html] of pages) {
      expect([path, /<html lang="en">/.test(html), html.match(/<h1[ >]/g)?.length]).toEqual([path, true, 1]);
      for (const [tag] of html.matchAll(/<(?:img|figure)\b[^>]*>/g)) expect(tag).toMatch(/ alt="|aria-label="[^"]{20}/);
    }
    expect(pages.get('concepts.html')!.match(/<figure class="drawing" role="img" aria-label="[^"]{100}/g)).toHaveLength(
      2,
    );
  });
});

describe('the reference', () => {
  it('has every operation of the contract under its name, with its path and permission', () => {
    const { document } = Contract.load();
    for (const [path, item] of Object.entries(document.paths)) {
      for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
        if (operation === undefined) continue;
        const [tag] = (operation as unknown as { tags: string[] }).tags;
        const html = pages.get(`api/${tag}.html`)!;
        const at = html.indexOf(`<h2 id="${operation.operationId}">`);
        expect([operation.operationId, at > 0]).toEqual([operation.operationId, true]);
        const text = html.slice(at, html.indexOf('<h2 ', at + 1) === -1 ? undefined : html.indexOf('<h2 ', at + 1));
        expect(text.replaceAll('<wbr>', '')).toContain(`<code>${path}</code>`);
        const [scheme] = operation.security ?? [];
        for (const permission of Object.values(scheme ?? {}).flat())
          expect(text).toContain(`<code>${permission}</code>`);
      }
    }
  });

  it('has every type and every problem', () => {
    const { schemas } = Contract.load().document.components as unknown as {
      schemas: Record<string, { enum?: string[] }>;
    };
    const types = idsOf(pages.get('api/types.html')!);
    expect(Object.keys(schemas).filter((name) => !types.has(name))).toEqual([]);
    const problems = idsOf(pages.get('api/problems.html')!);
    expect(schemas['ProblemCode']!.enum!.filter((code) => !problems.has(code))).toEqual([]);
  });

  it('has the help of every command', () => {
    const html = pages.get('commands.html')!;
    const lost = [...commandTree().keys()].filter((words) => {
      const id = words.replaceAll(' ', '-');
      const heading = words === '' ? '<h1' : `id="${id}">snapback ${words}<`;
      return !html.includes(heading) || !html.includes(`Usage: snapback ${words}`.trimEnd());
    });
    expect(lost).toEqual([]);
  });
});

describe('searching', () => {
  type Entry = [name: string, page: string, url: string];
  let index: Entry[];
  let matches: (index: Entry[], query: string, most: number) => Entry[];
  beforeAll(async () => {
    const load = (name: string) => import(pathToFileURL(join(directory, 'search', name)).href);
    ({ default: index } = (await load('search-index.js')) as { default: Entry[] });
    ({ matches } = (await load('matches.js')) as { matches: typeof matches });
  });

  it('leads to what is there', () => {
    const lost = index.filter(([, , url]) => {
      const [file = '', place] = url.split('#');
      return !pages.has(file) || (place !== undefined && !idsOf(pages.get(file)!).has(place));
    });
    expect(index.length).toBeGreaterThan(1_000);
    expect(lost).toEqual([]);
  });

  it.each([
    ['recipes', 'recipes.html'],
    ['SNAPSHOTPIN', 'api/snapshots.html#snapshotPin'],
    ['database_url', 'configuration.html#content'],
    ['plan-changed', 'api/problems.html#plan-changed'],
    ['second rollback', 'recipes.html#a-rollback-in-a-second'],
    ['env add', 'commands.html#env-add'],
  ])('finds "%s" first of all', (query, url) => {
    expect(matches(index, query, 3)[0]?.[2]).toBe(url);
  });

  it('finds nothing for nothing, for what is nowhere, and no more than is wanted', () => {
    expect(matches(index, '  ', 5)).toEqual([]);
    expect(matches(index, 'snapshot xyzzy', 5)).toEqual([]);
    expect(matches(index, 'snapshot', 5)).toHaveLength(5);
  });
});

describe('building it', () => {
  it('replaces a guide that was there, and nothing else that lies in its way', async () => {
    await writeFile(join(directory, 'left-over.html'), 'of a page that is gone');
    await build(directory);
    expect(existsSync(join(directory, 'left-over.html'))).toBe(false);
    const other = await mkdtemp(join(tmpdir(), 'snapback-test-guide-'));
    await writeFile(join(other, 'letter.txt'), 'mine');
    await expect(build(other)).rejects.toThrow('no guide');
    expect(await readFile(join(other, 'letter.txt'), 'utf8')).toBe('mine');
    await rm(other, { recursive: true });
  });
});
