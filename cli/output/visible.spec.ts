import { describe, expect, it } from 'vitest';
import { harmlessJson, visible, visibleLines } from './visible.js';

/** What a terminal interprets, or nobody sees, and what is shown of it. */
const HARMFUL: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['a sequence that changes colours', 'a\x1b[31mb', String.raw`a\x1b[31mb`],
  ['one that names a window', '\x1b]0;title\x07', String.raw`\x1b]0;title\x07`],
  ['the same in one character', '\x9b31m', String.raw`\x9b31m`],
  ['the end of a line', 'a\nb\r\n', String.raw`a\x0ab\x0d\x0a`],
  ['a tabulator, which has no width of its own', 'a\tb', String.raw`a\x09b`],
  ['one that deletes', '\x7f', String.raw`\x7f`],
  ['one that turns the direction of reading', 'gpj\u202etxe', String.raw`gpj\u202etxe`],
  ['one that isolates', '\u2066', String.raw`\u2066`],
  ['an Arabic letter mark', 'a\u061cb', String.raw`a\u061cb`],
  ['no width at all', 'a\u200bb\ufeff', String.raw`a\u200bb\ufeff`],
  ['a hyphen that is not there', 'a\u00adb', String.raw`a\xadb`],
  ['a letter that fills and is not there', '\u3164', String.raw`\u3164`],
  ['a tag beyond the basic plane', 'a\u{e0041}', String.raw`a\u{e0041}`],
  ['half a character', 'a\ud800b', String.raw`a\ud800b`],
];

describe('text from elsewhere', () => {
  it.each(HARMFUL)('shows %s as what it is', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each([
    'production',
    'Größe',
    '本番',
    'продакшн',
    'הפקה',
    '🚀',
    // With the selector that makes a picture of it.
    '❤\ufe0f',
    // An accent that combines.
    'e\u0301',
    'a\u00a0b',
  ])('leaves %j as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  it('of several lines keeps its lines, whatever ends them', () => {
    expect(visibleLines('a\r\nb\n\x1b[2Jc')).toEqual(['a', 'b', String.raw`\x1b[2Jc`]);
  });
});

describe('JSON', () => {
  it.each(HARMFUL)('escapes %s, and has it when it is read again', (_, text) => {
    const value = { [text]: [text] };
    const told = harmlessJson(value, false);
    expect(told.split('\n').map(visible).join('\n')).toBe(told);
    expect(JSON.parse(told)).toEqual(value);
  });

  it('has nothing beyond ASCII for who cannot show it, and says the same', () => {
    const value = { name: 'Größe 🚀', description: null };
    const told = harmlessJson(value, true);
    expect(told).toMatch(/^[\n\x20-\x7e]*$/);
    expect(JSON.parse(told)).toEqual(value);
    expect(harmlessJson(value, false)).toContain('Größe 🚀');
  });

  it('in one line is one line', () => {
    expect(harmlessJson({ a: 'b\nc' }, false, 0)).toBe(String.raw`{"a":"b\nc"}`);
  });
});
