import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { Links, pathBetween } from './links.mjs';
import { drawingStyles, setUpMarkdown } from './markdown.mjs';
import { FILES } from './navigation.mjs';
import { contentsOf } from './contents.mjs';

const ROOT = join(import.meta.dirname, '..');
const DRAWINGS = 'docs/diagrams/*.svg';

/**
 * What Eleventy makes of the pages. They lie in several folders and some are made, so each is given to it, and it looks for none.
 *
 * @param {{ title: string, pages: import('./pages.mjs').Page[] }[]} sections
 * @param {string} version of Snapback
 */
export function configure(eleventy, sections, version) {
  const pages = sections.flatMap((section) => section.pages);
  const files = [...FILES, ...picturesOf(pages)];
  const urls = new Map([...pages.map(({ source, url }) => [source, url]), ...files.map((file) => [file, file])]);
  eleventy.setUseGitIgnore(false);
  eleventy.setIncludesDirectory('layouts');
  eleventy.setTemplateFormats(['md', 'njk']);
  eleventy.amendLibrary('md', (md) => setUpMarkdown(md, new Links(urls)));
  eleventy.addGlobalData('sections', sections);
  eleventy.addGlobalData('version', version);
  eleventy.addFilter('from', pathBetween);
  eleventy.addFilter('contents', contentsOf);
  const listed = pages.filter(({ listed: isListed }) => isListed !== false);
  for (const page of pages) {
    const at = listed.findIndex(({ url }) => url === page.url);
    const neighbours = at < 0 ? {} : { before: listed[at - 1], after: listed[at + 1] };
    // `url` is Eleventy's own word within `page`; here it is where the file lies in the guide.
    const { text, ...known } = page;
    eleventy.addTemplate(`${page.url}.md`, text, {
      ...known,
      ...neighbours,
      layout: 'page.njk',
      permalink: page.url,
      templateEngineOverride: 'md',
    });
  }
  const drawings = globSync(DRAWINGS, { cwd: ROOT }).map((path) => join(ROOT, path));
  const styles = readFileSync(join(import.meta.dirname, 'guide.css'), 'utf8') + drawingStyles(drawings);
  eleventy.addTemplate('guide.css.njk', `{% raw %}${styles}{% endraw %}`, { permalink: 'guide.css' });
  for (const file of files) eleventy.addPassthroughCopy({ [file]: file });
  eleventy.addPassthroughCopy({ 'guide/icon.svg': 'icon.svg', 'guide/search': 'search' });
}

/** What pages show and is no drawing, by its path in the repository, where it lies in the guide too. */
function picturesOf(pages) {
  return pages.flatMap(({ source, text }) =>
    [...text.matchAll(/!\[[^\]]*\]\(([^)\s]+\.(?:png|jpe?g|webp|avif))\)/g)].map(([, path]) =>
      normalize(join(dirname(source), path)),
    ),
  );
}
