import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const LINK = /\]\(([^)#\s]+)(?:#[^)]*)?\)/g;
const NAMED = /`((?:src|test|bench|quickstart|sdk|docs|scripts|cli|examples|contract)\/[\w./-]*\w)`/g;

/** What the documents point to inside of the repository, and which of them. */
async function pointers(): Promise<{ document: string; target: string }[]> {
  const found: { document: string; target: string }[] = [];
  for await (const document of glob('{*.md,docs/**/*.md}', { cwd: ROOT })) {
    // What was true of an older version stays said.
    if (document === 'CHANGELOG.md') continue;
    const text = await readFile(join(ROOT, document), 'utf8');
    for (const [, target] of text.matchAll(LINK))
      if (!/^[a-z]+:/.test(target!)) found.push({ document, target: normalize(join(dirname(document), target!)) });
    if (document.startsWith('docs/adr/')) continue;
    for (const [, target] of text.matchAll(NAMED)) found.push({ document, target: target! });
  }
  return found;
}

it('every file and folder that a document links to or names is there', async () => {
  const all = await pointers();
  expect(all.length).toBeGreaterThan(100);
  const isThere = (target: string) => ['', '.ts', '.mjs'].some((end) => existsSync(join(ROOT, `${target}${end}`)));
  expect(all.filter(({ target }) => !isThere(target))).toEqual([]);
});

const ANCHORED = /\]\(([^)#\s]*)#([^)\s]+)\)/g;

/** What a page can be entered at: its headings, as GitHub makes anchors of them, and what it names itself. */
function anchorsOf(page: string): Set<string> {
  const text = page.replaceAll(/^```.*?^```$/gms, '');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([\w-]+)"><\/a>/g)].map(([, id]) => id!)]);
}

it('every place inside of a document that another one leads to is there', async () => {
  const lost: string[] = [];
  let count = 0;
  for await (const document of glob('{*.md,{docs,deploy,sdk,cli,examples}/**/*.md}', { cwd: ROOT })) {
    if (document === 'CHANGELOG.md' || document.includes('node_modules')) continue;
    const text = await readFile(join(ROOT, document), 'utf8');
    for (const [, path, anchor] of text.matchAll(ANCHORED)) {
      const target = path === '' ? document : normalize(join(dirname(document), path!));
      if (/^[a-z]+:/.test(path!) || !target.endsWith('.md')) continue;
      count += 1;
      if (!anchorsOf(await readFile(join(ROOT, target), 'utf8')).has(anchor!))
        lost.push(`${document}: ${path}#${anchor}`);
    }
  }
  expect(count).toBeGreaterThan(60);
  expect(lost).toEqual([]);
});

it('no document holds the two sides of a merge', async () => {
  const torn: string[] = [];
  for await (const document of glob('{*.md,{docs,sdk,cli,examples}/**/*.md}', { cwd: ROOT })) {
    if (document.includes('node_modules')) continue;
    if (/^(<{7}|>{7}) /m.test(await readFile(join(ROOT, document), 'utf8'))) torn.push(document);
  }
  expect(torn).toEqual([]);
});
