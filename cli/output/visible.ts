/**
 * Text from elsewhere, made harmless for a terminal: what would move the cursor, change colours, ring, or turn the direction of reading is shown as
 * what it is (`\x1b`, `\u202e`) and never interpreted. Line ends are kept apart by the caller.
 */
export function visible(text: string): string {
  return text.replace(HARMFUL, (character) => escaped(character.codePointAt(0)!));
}

/** The same for texts of several lines. */
export function visibleLines(text: string): string[] {
  return text.split(/\r\n|\n/).map(visible);
}

/** JSON that no terminal interprets: what JSON lets stand as it is is escaped, too. In one line when `indent` is 0. */
export function harmlessJson(value: unknown, ascii: boolean, indent = 2): string {
  return escapedBetweenQuotes(JSON.stringify(value, null, indent), ascii, (character) =>
    [...Array(character.length).keys()].map((at) => `\\u${hex(character.charCodeAt(at), 4)}`).join(''),
  );
}

/** Of a text of JSON or YAML: the same, where all that has to be escaped stands between double quotes. */
export function escapedBetweenQuotes(text: string, ascii: boolean, escape: (character: string) => string): string {
  return text.replace(ascii ? BEYOND_ASCII : HARMFUL_IN_QUOTES, escape);
}

/** Whether `escapedBetweenQuotes` would change something. */
export function needsEscapes(text: string, ascii: boolean): boolean {
  return text.search(ascii ? BEYOND_ASCII : HARMFUL_IN_QUOTES) >= 0;
}

export function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/**
 * Controls, halves of characters, and what nobody sees: marks that turn the direction of reading, and those by which names differ that look the same.
 * Selectors of variations stay: they belong to pictures.
 */
const UNSEEN = String.raw`[[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]--[\ufe00-\ufe0f]]`;
const HARMFUL = new RegExp(UNSEEN, 'gv');
/** What JSON, and YAML between double quotes, escape by themselves is not among them; a line's end is then one of the document's. */
const HARMFUL_IN_QUOTES = new RegExp(String.raw`[${UNSEEN}--[\u0000-\u001f]]`, 'gv');
// oxlint-disable-next-line no-control-regex -- everything but ASCII is what is meant
const BEYOND_ASCII = /[^\u0000-\u007e]/gu;

function escaped(code: number): string {
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${code > 0xffff ? `{${hex(code, 5)}}` : hex(code, 4)}`;
}
