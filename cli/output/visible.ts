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

/** JSON that no terminal interprets: what JSON lets stand as it is is escaped, too. */
export function harmlessJson(value: unknown, ascii: boolean): string {
  const text = JSON.stringify(value, null, 2);
  const pattern = ascii ? BEYOND_ASCII : HARMFUL_IN_JSON;
  return text.replace(pattern, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Controls, marks that turn the direction of reading or are seen by nobody, and halves of characters. */
const HARMFUL = /[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
// Code units: what lies beyond the basic plane is none of these, and two of them in ASCII.
const HARMFUL_IN_JSON = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
// oxlint-disable-next-line no-control-regex -- everything but ASCII is what is meant
const BEYOND_ASCII = /[^\u0000-\u007e]/g;

function escaped(code: number): string {
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
