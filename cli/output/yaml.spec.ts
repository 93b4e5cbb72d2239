import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { visible } from './visible.js';
import { harmlessYaml } from './yaml.js';

const anyCharacter = fc.nat({ max: 0x10ffff }).map((code) => String.fromCodePoint(code));
const oneOfYaml = fc.constantFrom('\n', ' ', ':', '#', '-', '\u202e', '\x9b', 'é', '"', "'", 'a');
const text = fc.string({ unit: fc.oneof(anyCharacter, oneOfYaml), maxLength: 10 });
const anything = fc.dictionary(
  text,
  fc.oneof(text, fc.integer(), fc.constantFrom(null, true, 'true', 'null', '1e3', '0x1f', '~'), fc.array(text)),
  { maxKeys: 4 },
);

describe('YAML', () => {
  it('says the same when it is read again, and has nothing in it that a terminal interprets', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (value, ascii) => {
        const told = harmlessYaml(value, ascii);
        expect(parse(told)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(told.split('\n').map(visible).join('\n')).toBe(told);
        expect(/^[\n\x20-\x7e]*$/.test(told) || !ascii).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([' \n', '\n', 'a\n\n', 'several\nlines that are longer than forty characters\n  or so\n'])(
    'has a text of several lines, %j, in one',
    (text) => {
      const told = harmlessYaml([text], false);
      expect(told).not.toContain('\n');
      expect(parse(told)).toEqual([text]);
    },
  );

  it('leaves texts without quotes that need none, and has no names for what comes twice', () => {
    const place = { host: 'db' };
    expect(
      harmlessYaml({ label: 'before 17.0', size: 3, none: null, left: undefined, a: place, b: place }, false),
    ).toBe('label: before 17.0\nsize: 3\nnone: null\na:\n  host: db\nb:\n  host: db');
  });
});
