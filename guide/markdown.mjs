import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/**
 * Teaches a markdown-it how the texts of this repository are written: anchors as GitHub makes them, links from file to file, drawings that
 * stand in the page itself, and tables and code that scroll within themselves.
 *
 * @param md what Eleventy renders with; its environment has `source` and `url` of the page
 * @param {import('./links.mjs').Links} links
 */
export function setUpMarkdown(md, links) {
  md.set({ html: true });
  md.core.ruler.push('guide', (state) => {
    anchorHeadings(state.tokens);
    standAlone(state.tokens);
    for (const token of state.tokens) if (token.type === 'inline') rewrite(token, state.env, links);
  });
  const { rules } = md.renderer;
  rules.table_open = () => '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n';
  rules.table_close = () => '</table></div>\n';
  rules.fence = (tokens, at) => fence(md, tokens[at]);
  rules.image = (tokens, at, _options, env) => (isDrawing(tokens[at]) ? drawing : picture)(md, tokens[at], env, links);
}

function fence(md, { content, info }) {
  const language = info.trim().split(/\s/)[0];
  const text = md.utils.escapeHtml(content);
  // What would draw it is a large script: whoever wants to see it finds it drawn where the repository is.
  if (language === 'mermaid')
    return `<details class="as-text"><summary>A drawing, as its text (Mermaid)</summary><pre tabindex="0"><code>${text}</code></pre></details>\n`;
  const shown = /^(bash|sh|yaml|python|ini)$/.test(language) ? comments(text) : text;
  return `<pre tabindex="0"${language === '' ? '' : ` data-language="${language}"`}><code>${shown}</code></pre>\n`;
}

/** Who copies a command reads its comment first. */
function comments(text) {
  return text.replaceAll(/(^|\s)(# .*)$/gm, '$1<span class="comment">$2</span>');
}

/** As GitHub names them, so that a link is good in both places. */
function anchorHeadings(tokens) {
  const taken = new Map();
  for (const [at, token] of tokens.entries()) {
    if (token.type !== 'heading_open') continue;
    const slug = tokens[at + 1].children
      .filter(({ type }) => type === 'text' || type === 'code_inline')
      .map(({ content }) => content)
      .join('')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const times = taken.get(slug) ?? 0;
    taken.set(slug, times + 1);
    token.attrSet('id', times === 0 ? slug : `${slug}-${times}`);
  }
}

/** A place that a text names itself (`<a id="protected"></a>`) and a drawing are no paragraphs. */
function standAlone(tokens) {
  for (const [at, token] of tokens.entries()) {
    if (token.type !== 'inline' || tokens[at - 1].type !== 'paragraph_open') continue;
    const kinds = token.children.map(({ type }) => type);
    const isPlace = token.content.trim().match(/^<a id="[\w-]+"><\/a>$/) !== null;
    if (isPlace || kinds.join() === 'image') tokens[at - 1].hidden = tokens[at + 1].hidden = true;
  }
}

function rewrite(inline, page, links) {
  const open = [];
  for (const token of inline.children) {
    if (token.type === 'link_open') {
      const found = links.resolve(token.attrGet('href'), page);
      open.push(found);
      if ('href' in found) token.attrSet('href', found.href);
      else {
        token.tag = 'span';
        token.attrs = [
          ['class', 'source'],
          ['title', found.path],
        ];
      }
    } else if (token.type === 'link_close' && 'path' in open.pop()) token.tag = 'span';
  }
}

function isDrawing(token) {
  return token.attrGet('src').endsWith('.svg');
}

function picture(md, token, page, links) {
  const { href } = links.resolve(token.attrGet('src'), page);
  const text = md.utils.escapeHtml(token.content);
  return `<img class="picture" src="${href}" alt="${text}" loading="lazy">`;
}

/** Drawings are in the page, so that they have its colours and their words can be found and read out. */
function drawing(md, token, { source }) {
  const path = join(ROOT, dirname(source), token.attrGet('src'));
  const label = md.utils.escapeHtml(token.content);
  // The styles that a drawing has for readers elsewhere are in the guide's style sheet.
  const svg = readFileSync(path, 'utf8').replace(/<style>[^]*?<\/style>\s*/, '');
  return `<figure class="drawing" role="img" aria-label="${label}">${svg.replace('<svg ', '<svg aria-hidden="true" ')}</figure>\n`;
}

/** The styles of the drawings, for the style sheet of the guide. */
export function drawingStyles(paths) {
  return paths.map((path) => /<style>([^]*?)<\/style>/.exec(readFileSync(path, 'utf8'))?.[1] ?? '').join('\n');
}
