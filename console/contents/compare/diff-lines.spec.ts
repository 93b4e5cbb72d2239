import { expect, it } from 'vitest';
import { diffLines } from './diff-lines.js';

it('tells the lines of a diff apart, and what is about it', () => {
  expect(diffLines('@@ -1,3 +1,4 @@\n type: index\n-unique: false\n+unique: true\n++ or not\n')).toEqual([
    { kind: 'place', before: 1, after: 1 },
    { kind: 'same', text: 'type: index' },
    { kind: 'removed', text: 'unique: false' },
    { kind: 'added', text: 'unique: true' },
    { kind: 'added', text: '+ or not' },
  ]);
  expect(diffLines('@@ -7 +9 @@\n+a\r\n\\ No newline at end of file\n… and 12 more letters.\n')).toEqual([
    { kind: 'place', before: 7, after: 9 },
    { kind: 'added', text: 'a\r' },
    { kind: 'about', text: 'No newline at end of file' },
    { kind: 'about', text: '… and 12 more letters.' },
  ]);
});
