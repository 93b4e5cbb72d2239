const HEADING = /<h([23]) id="([^"]+)">(.*?)<\/h\1>/gs;

/** What a page consists of: its headings of the second rank, with those of the third below each. Tags within them are left out. */
export function contentsOf(html) {
  const found = [];
  for (const [, rank, id, inner] of html.matchAll(HEADING)) {
    const heading = { id, text: inner.replaceAll(/<[^>]+>/g, ''), below: [] };
    const last = found.at(-1);
    if (rank === '2' || last === undefined) found.push(heading);
    else last.below.push(heading);
  }
  return found;
}
