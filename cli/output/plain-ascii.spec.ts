import { describe, expect, it } from 'vitest';
import { isUtf8Locale, plainAscii } from './plain-ascii.js';

describe('a locale', () => {
  it.each([
    [{}, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'POSIX' }, false],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LANG: 'C.UTF-8' }, true],
    [{ LANG: 'de_DE.utf8' }, true],
    // As setlocale does it.
    [{ LANG: 'C.UTF-8', LC_ALL: 'C' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
    [{ LANG: 'C.UTF-8', LC_CTYPE: 'C' }, false],
    [{ LANG: 'C.UTF-8', LC_ALL: '' }, true],
  ])('as in %j has UTF-8: %s', (environment, has) => {
    expect(isUtf8Locale(environment)).toBe(has);
  });
});

describe('what is shown where there is only ASCII', () => {
  it('has something in place of what this program says itself, and a question mark for what is of others', () => {
    expect(plainAscii('██░ → · Größe 🚀 …')).toBe('##. -> - Gr??e ? ~');
  });

  it('takes the place of questions, line by line', () => {
    expect(plainAscii('│\n◆  Go on?\n│  ● Yes / ○ No\n└')).toBe('|\n*  Go on?\n|  > Yes /   No\n-');
  });
});
