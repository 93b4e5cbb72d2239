import { describe, expect, it } from 'vitest';
import { isVisible, visible, visibleParts } from './visible.js';

describe('a name that anybody may have chosen', () => {
  it.each(['invoice.pdf', 'größer – 1\\n', 'حساب.pdf', '請求書.pdf', 'two  spaces', '<img src=x>', '�'])(
    'is seen as it is where all of it can be seen: %s',
    (name) => {
      expect(visibleParts(name)).toEqual([{ text: name, isEscaped: false }]);
      expect(isVisible(name)).toBe(true);
    },
  );

  it.each([
    ['two\nlines\t', '\\n|\\t'],
    ['\u001b[31mred', '\\x1b'],
    ['\u202egnp.exe', '\\u202e'],
    ['\u2066a\u2069', '\\u2066|\\u2069'],
    ['a\u200bb\ufeff', '\\u200b|\\ufeff'],
    ['a\u00a0b', '\\xa0'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\ud800'],
    [' a ', '\\x20|\\x20'],
    ['line\u2028', '\\u2028'],
  ])('shows what cannot be seen, or turns the line, as an escape: %j', (name, escapes) => {
    const parts = visibleParts(name).filter(({ isEscaped }) => isEscaped);
    expect(parts.map(({ text }) => text).join('|')).toBe(escapes);
    expect(isVisible(name)).toBe(false);
  });

  it('is one text with its escapes', () => {
    expect(visible('two\nlines \u202e<script>')).toBe('two\\nlines \\u202e<script>');
  });
});
