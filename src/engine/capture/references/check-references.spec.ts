import { describe, expect, it } from 'vitest';
import { PathRules } from '../../filestore/paths/path-rules.js';
import { compareReferences } from './check-references.js';
import { pathId } from './path-recording-writer.js';
import { PathSpool } from './path-spool.js';

const capturedOf = (...paths: string[]) => {
  const ids = new Set(paths.map(pathId));
  return { has: (id: string) => ids.has(id) };
};

async function spoolOf(paths: readonly string[], atOnce = 10_000): Promise<PathSpool> {
  const spool = new PathSpool();
  for (let at = 0; at < paths.length; at += atOnce) await spool.add(paths.slice(at, at + atOnce));
  return spool;
}

async function all(spool: PathSpool): Promise<string[]> {
  const paths: string[] = [];
  for await (const some of spool.read()) paths.push(...some);
  return paths;
}

describe('paths that rows refer to', () => {
  it.each([
    ['none', []],
    ['a few', ['a', 'b/c', 'line\nbreak', 'Zoë/日本.txt']],
    ['more than stay in memory', Array.from({ length: 60_000 }, (_, n) => `some/ä/directory/with/ünicode/${n}`)],
    ['very long ones', Array.from({ length: 60 }, (_, n) => `${n}${'日'.repeat(50_000)}`)],
  ])('are kept in their order: %s', async (_, paths) => {
    for (const atOnce of [7, 10_000]) {
      const spool = await spoolOf(paths, atOnce);
      expect(await all(spool)).toEqual(paths);
      await spool.close();
      await spool.close();
    }
  });

  it('are counted once for each file, in whatever spelling', async () => {
    const spool = await spoolOf(['a', './a', 'b//c', 'b/c', 'b/x/../c', 'gone', './gone', 'a']);
    expect(await compareReferences(spool, capturedOf('a', 'b/c'))).toEqual({
      references: 3,
      dangling: 1,
      exact: true,
      named: ['gone'],
    });
  });

  it('say that they are not counted exactly when more are missing than can be told apart', async () => {
    const paths = ['a', 'b', 'c', 'd', 'd', 'a', 'there', 'there'];
    expect(await compareReferences(await spoolOf(paths), capturedOf('there'), { most: 3 })).toEqual({
      references: 6,
      dangling: 5,
      exact: false,
      named: ['a', 'b', 'c'],
    });
    expect((await compareReferences(await spoolOf(paths), capturedOf('there'), { most: 4 })).exact).toBe(true);
  });

  it('are not missed where the rules leave them out', async () => {
    const spool = await spoolOf(['tmp/a', 'x/../tmp/b', 'gone']);
    const found = await compareReferences(spool, capturedOf(), { leftOut: new PathRules(['/tmp/']) });
    expect(found).toMatchObject({ references: 1, dangling: 1, named: ['gone'] });
  });
});
