import { randomBytes } from 'node:crypto';

/** Stands in every secret that tests make up. Letters only, so that it survives most ways of writing it. */
export const MARK = 'zqkanarienvogel';

/** A secret nobody has used before: letters, digits and hyphens. */
export function madeUpSecret(): string {
  return `${MARK}-${randomBytes(8).toString('hex')}`;
}

/** A key of 32 bytes in base64, the same each time for the same word of up to 16 letters. */
export function madeUpKey(word: string): string {
  return Buffer.from(`${MARK}-${word}`.padEnd(32, '-')).toString('base64');
}

/** `{"alg":` and `{"typ":` as every token begins. */
const TOKEN = 'eyJ(?:hbGciOi|0eXAiOi)';
const MARKED = new RegExp([...spellings(MARK), TOKEN].join('|'), 'i');
/** A spelling may come in two pieces; the longest is that of each character percent-encoded or as a number. */
export const LONGEST_SPELLING = MARK.length * 4;
/** Of the text around what was found. */
const AROUND = 200;

/**
 * Where in a text stands a secret that tests made up, or a token: an excerpt, undefined when there is none. Found are the
 * secrets as they are, in other capitals, percent-encoded, and as base64 (also of a longer text), base64url, hexadecimal
 * digits and the bytes that JSON makes of a buffer.
 */
export function secretIn(text: string): string | undefined {
  const plain = text.replaceAll(/%([2-7][0-9a-f])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const found = MARKED.exec(plain);
  return found === null ? undefined : plain.slice(Math.max(0, found.index - AROUND), found.index + AROUND);
}

function spellings(word: string): string[] {
  const bytes = Buffer.from(word);
  return [word, bytes.toString('hex'), bytes.join(','), ...[0, 1, 2].map((offset) => base64At(bytes, offset))];
}

/** What every base64 has in it of a text in which the word stands so many bytes after a multiple of three. */
function base64At(word: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), word]).toString('base64');
  return whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + word.length) * 8) / 6));
}
