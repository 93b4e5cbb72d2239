import { describe, expect, it } from 'vitest';
import { type Exclusion, NOTHING_EXCLUDED } from './exclusion.js';
import { judgeExclusion } from './judge-exclusion.js';

const faultsOf = (exclusion: Partial<Exclusion>) =>
  judgeExclusion({ ...NOTHING_EXCLUDED, ...exclusion }).map(({ list, index }) => `${list} ${index}`);

describe('rules of what is left out', () => {
  it('are taken when each is a pattern and something is left', () => {
    const paths = ['tmp/', '/sessions', '*.log', 'cache/**', '!cache/keep', '\\#odd', 'a/*/b', 'ends in two\\\\'];
    expect(faultsOf({ paths, tables: ['audit.*', 'log_20??'], rowsOf: ['sessions', 'public.cache_*'] })).toEqual([]);
    expect(faultsOf({})).toEqual([]);
  });

  it.each([['a.b.c'], ['.sessions'], ['public.'], [' .x']])('refuse %j, which is no pattern of tables', (pattern) => {
    expect(faultsOf({ rowsOf: ['fine', pattern] })).toEqual(['rowsOf 1']);
  });

  it.each([[' '], ['# comment'], ['/'], ['!'], ['!//'], ['open\\'], ['a*b*c*d*e'], ['**/a/**/b/**/c/**']])(
    'refuse %j, which names nothing, or takes too long to compare with',
    (pattern) => {
      expect(faultsOf({ paths: ['fine', pattern] })).toEqual(['paths 1']);
    },
  );

  it.each([[['*']], [['**']], [['/*']], [['**/*']], [['tmp/', '*']], [['.*', '*.*', '/**']]])(
    'refuse paths that leave out everything: %j',
    (paths) => {
      expect(faultsOf({ paths })).toEqual(['paths null']);
    },
  );

  it.each([[['*', '!keep']], [['*.*']], [['.*']], [['*/']]])('take paths that leave something: %j', (paths) => {
    expect(faultsOf({ paths })).toEqual([]);
  });

  it('refuse every table', () => {
    for (const every of ['*', '*.*', '**']) {
      expect(faultsOf({ tables: [every] })).toEqual(['tables null']);
      expect(faultsOf({ rowsOf: ['sessions', every] })).toEqual(['rowsOf null']);
    }
  });
});
