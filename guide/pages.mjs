import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { decisionPages } from './reference/decisions.mjs';
import { DECISIONS, SECTIONS, WHOLE_FOLDERS } from './navigation.mjs';

const ROOT = join(import.meta.dirname, '..');

/**
 * One page of the guide.
 *
 * @typedef {object} Page
 * @property {string} source where its text lies in the repository; for what is made, what it stands for ("made:api")
 * @property {string} url its file in the guide: "snapshots.html", "api/rollbacks.html"
 * @property {string} title its heading
 * @property {string} name what the navigation calls it
 * @property {string} section the section that it stands in
 * @property {string} text Markdown
 * @property {boolean} [listed] false where another page of the navigation leads to it
 * @property {Page[]} [below] what stands below it in the navigation
 */

/**
 * All pages by section, in the order of the navigation.
 *
 * @param {Map<string, Omit<Page, 'section' | 'name'>[]>} made what was made of contract and command line, by the names that the navigation has for it
 * @returns {{ title: string, pages: Page[] }[]}
 */
export function sectionsOf(made) {
  const decisions = decisionPages(globSync(`${DECISIONS}/*.md`, { cwd: ROOT }).toSorted().map(readPage));
  const all = new Map([...made, ['made:decisions', decisions]]);
  const sections = SECTIONS.map(({ title, pages }) => ({
    title,
    pages: pages.flatMap(({ file, at, name }) => {
      const found = file.startsWith('made:') ? all.get(file) : [readPage(file, at)];
      return found.map((page) => ({ ...page, section: title, name: page.name ?? name ?? page.title }));
    }),
  }));
  const rest = unlisted(sections);
  return rest.length === 0 ? sections : [...sections, { title: 'More', pages: rest }];
}

function unlisted(sections) {
  const known = new Set(sections.flatMap(({ pages }) => pages.map(({ source }) => source)));
  return WHOLE_FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.md`, { cwd: ROOT }))
    .filter((file) => !known.has(file))
    .map((file) => readPage(file))
    .map((page) => ({ ...page, section: 'More', name: page.title }));
}

function readPage(file, at) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const [, title] = /^# (.+)$/m.exec(text) ?? [];
  if (title === undefined) throw new Error(`${file} has no heading ("# …"), which would be the title of its page.`);
  const folder = dirname(relative('docs', file));
  const place = typeof at === 'string' ? at : join(folder, basename(file, '.md'));
  return { source: file, url: `${place}.html`, title: title.replaceAll('`', ''), text };
}
