import { dirname, join, normalize, relative } from 'node:path';

/** What people link to as a folder or by another name, and where that is told in the guide. */
const OTHER_NAMES = new Map([
  ['README.md', 'docs/README.md'],
  ['docs', 'docs/README.md'],
  ['docs/adr', 'docs/adr/README.md'],
  ['docs/contract', 'docs/contract/README.md'],
  ['examples', 'examples/README.md'],
  ['deploy', 'deploy/README.md'],
  ['cli', 'cli/README.md'],
  ['sdk', 'docs/clients.md'],
  ['sdk/typescript', 'sdk/typescript/README.md'],
  ['sdk/python', 'sdk/python/README.md'],
  ['sdk/go', 'sdk/go/README.md'],
]);

/** From one page of the guide to another file of it, so that the guide may lie anywhere. */
export function pathBetween(from, to) {
  return relative(dirname(from), to) || to.split('/').at(-1);
}

/**
 * Where the links of texts lead in the guide.
 *
 * @param {Map<string, string>} urls of the files that are in the guide, pages and others, by their paths in the repository
 */
export class Links {
  constructor(urls) {
    this.urls = urls;
  }

  /**
   * What becomes of a link: the address to lead to or, where the guide does not have the file, its path in the repository.
   *
   * @param {string} href as it is written
   * @param {{ source: string, url: string }} page in which it is written
   * @returns {{ href: string } | { path: string }}
   */
  resolve(href, { source, url }) {
    if (/^[a-z][a-z+.-]*:/i.test(href) || href.startsWith('#')) return { href };
    const [path, anchor] = href.split('#');
    const file = normalize(join(folderOf(source), path)).replace(/\/$/, '');
    const known = OTHER_NAMES.get(file) ?? file;
    const target = this.urls.get(known);
    if (target === undefined) return { path: file };
    // Of README the guide has another form: its places are not there.
    const place = anchor === undefined || file === 'README.md' ? '' : `#${anchor}`;
    return { href: `${pathBetween(url, target)}${place}` };
  }
}

/** What is made stands for something in docs/, and links as if it lay there. */
function folderOf(source) {
  return source.startsWith('made:') ? dirname(source.replace('made:', 'docs/')) : dirname(source);
}
