/** Headings, and what tables explain in their first column: variables, codes, fields. */
const NAMED = /<h[23] id="([^"]+)">(.*?)<\/h[23]>|<tr>\s*<td>(?:<a id="([^"]+)"><\/a>)?<code>([^<]+)<\/code>/gs;

/**
 * What can be searched for, by name: what it is called, the page that it is on, and where that is.
 *
 * @param {readonly { page: import('./pages.mjs').Page, html: string }[]} rendered
 * @returns {[name: string, page: string, url: string][]}
 */
export function searchIndex(rendered) {
  return rendered.flatMap(({ page: { url, title, name }, html }) => {
    const [, text = ''] = /<article>(.*)<\/article>/s.exec(html) ?? [];
    const found = new Map([[name, url]]);
    // What stands before the first heading is found at the beginning of the text.
    let section = '#content';
    for (const [, heading, inner, place, code] of text.matchAll(NAMED)) {
      if (heading !== undefined) section = `#${heading}`;
      const named = plain(code ?? inner);
      const at = place === undefined ? section : `#${place}`;
      // Operations are looked for by their names as well.
      if (heading !== undefined && url.startsWith('api/') && heading !== named)
        add(found, heading, `${url}#${heading}`);
      add(found, named, `${url}${at}`);
    }
    return [...found].map(([each, where]) => [each, title, where]);
  });
}

function add(found, name, url) {
  if (!found.has(name)) found.set(name, url);
}

function plain(html) {
  return html
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#124;', '|')
    .replaceAll('&amp;', '&');
}
