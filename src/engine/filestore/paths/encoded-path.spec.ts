import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath, decodeRelativePath, displayPath, encodePath } from './encoded-path.js';

const damaged = expect.objectContaining({ code: 'snapshot-damaged' });

describe('encodePath and decodePath', () => {
  it('keep text readable and give every byte back', () => {
    expect(encodePath(Buffer.from('a/ü\n'))).toBe('utf8:a/ü\n');
    expect(encodePath(Buffer.of(0xff, 0x41))).toBe('base64:/0E=');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const encoded = JSON.parse(JSON.stringify(encodePath(Buffer.from(bytes)))) as string;
        expect(decodePath(encoded).equals(bytes)).toBe(true);
      }),
    );
  });

  it('keep a file that is called like an encoding apart from one that is encoded', () => {
    const name = Buffer.from('base64:/0E=');
    expect(decodePath(encodePath(name)).equals(name)).toBe(true);
  });

  it.each([
    ['no prefix', 'a/b'],
    ['an unknown prefix', 'latin1:a'],
    ['base64 of what is text', 'base64:YQ=='],
    ['sloppy base64', 'base64:/0E'],
    ['base64 with characters that are not', 'base64:/0!E='],
    ['half a character', 'utf8:\ud800'],
  ])('refuse a second spelling: %s', (_, encoded) => {
    expect(() => decodePath(encoded)).toThrow(damaged);
  });
});

describe('decodeRelativePath', () => {
  it.each(['', 'a', 'a/b', '...', '..a', 'a..', 'a/.b', ' ', '-rf', 'a\\b', 'ü'.repeat(127)])(
    'lets %j pass',
    (path) => {
      expect(decodeRelativePath(`utf8:${path}`).toString()).toBe(path);
    },
  );

  it.each([
    '/',
    '/etc/passwd',
    '..',
    '../a',
    'a/..',
    'a/../b',
    '.',
    './a',
    'a/.',
    'a//b',
    'a/',
    'a\0b',
    'x'.repeat(256),
  ])('refuses %j', (path) => {
    expect(() => decodeRelativePath(`utf8:${path}`)).toThrow(damaged);
  });

  it('looks at bytes, not at text, when the path is not UTF-8', () => {
    expect(() => decodeRelativePath(encodePath(Buffer.from('\xff/../x', 'latin1')))).toThrow(damaged);
    const fine = Buffer.from('\xff/\xfe', 'latin1');
    expect(decodeRelativePath(encodePath(fine)).equals(fine)).toBe(true);
  });
});

describe('displayPath', () => {
  it('shows plain names as they are, and the root as a dot', () => {
    expect(displayPath(Buffer.from('Rechnung März/2024 "neu".pdf'))).toBe('Rechnung März/2024 "neu".pdf');
    expect(displayPath('utf8:')).toBe('.');
  });

  it.each([
    ['a newline', 'a\nb', 'a\\x0ab'],
    ['an escape sequence', '\u001b[31mred', '\\x1b[31mred'],
    ['a change of direction', 'a\u202egpj.exe', 'a\\xe2\\x80\\xaegpj.exe'],
    ['a backslash', 'a\\x0ab', 'a\\\\x0ab'],
  ])('escapes %s', (_, name, shown) => {
    expect(displayPath(Buffer.from(name))).toBe(shown);
  });

  it('escapes bytes that are not UTF-8, encoded or not', () => {
    const bytes = Buffer.from('a\xff\n', 'latin1');
    expect(displayPath(bytes)).toBe('a\\xff\\x0a');
    expect(displayPath(encodePath(bytes))).toBe('a\\xff\\x0a');
  });

  it('leaves out the middle of what is long, and cuts no character in half', () => {
    const long = `${'ä/'.repeat(1_000)}the name.pdf`;
    const shown = displayPath(Buffer.from(long));
    expect(shown).toMatch(/^(ä\/)+ä?…\/?(ä\/)+the name\.pdf$/);
    expect(shown.length).toBeLessThan(330);
    const odd = displayPath(Buffer.from(`\n${'\xff'.repeat(5_000)}\n`, 'latin1'));
    expect(odd).toMatch(/^\\x0a(\\xff)+…(\\xff)+\\x0a$/);
    expect(displayPath(Buffer.from('x'.repeat(320)))).toBe('x'.repeat(320));
  });

  it('never shows two different paths as one', () => {
    const path = fc.uint8Array({ minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(path, path, (a, b) => {
        fc.pre(!Buffer.from(a).equals(b));
        expect(displayPath(Buffer.from(a))).not.toBe(displayPath(Buffer.from(b)));
      }),
    );
  });
});
