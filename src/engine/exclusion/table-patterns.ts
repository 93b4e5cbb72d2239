/** Which tables patterns name: `schema.table` or, in any schema, `table`, with `*` for any characters and `?` for one. */
export class TablePatterns {
  private readonly patterns: readonly { schema: string; name: string }[];

  constructor(texts: readonly string[]) {
    this.patterns = texts.map((text) => {
      const at = text.indexOf('.');
      return at < 0 ? { schema: '*', name: text } : { schema: text.slice(0, at), name: text.slice(at + 1) };
    });
  }

  /** The places, in the list that was given, of those that name it. */
  naming(table: { schema: string; name: string }): number[] {
    return this.patterns.flatMap(({ schema, name }, index) =>
      matches(schema, table.schema) && matches(name, table.name) ? [index] : [],
    );
  }
}

/** Whether one of them names every table there could be. */
export function nameEveryTable(texts: readonly string[]): boolean {
  return texts.some((text) => /^[*.]+$/.test(text));
}

/**
 * Whether a text is what a pattern says. In as many steps as both are long, multiplied: a regular expression with many stars takes
 * longer than anybody waits, and tenants write these.
 */
function matches(pattern: string, text: string): boolean {
  const wanted = [...pattern];
  const found = [...text];
  let at = 0;
  let star = -1;
  let behindStar = 0;
  let to = 0;
  while (to < found.length) {
    if (wanted[at] === '*') {
      star = at;
      at += 1;
      behindStar = to;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === found[to])) {
      at += 1;
      to += 1;
    } else if (star >= 0) {
      // The last star takes one more.
      at = star + 1;
      behindStar += 1;
      to = behindStar;
    } else return false;
  }
  return wanted.slice(at).every((rest) => rest === '*');
}
