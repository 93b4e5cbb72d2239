import { describe, expect, it } from 'vitest';
import type { StagedEntry } from '../staging/tree-builder.js';
import { type NeutralizeRule, NeutralizedFiles } from './neutralize-rules.js';

const attributes = { mode: 0o600, uid: 1, gid: 2, mtimeNs: '5' };
const content = { bytes: 10, sha256: 'a'.repeat(64), chunks: [{ id: 'a'.repeat(64), bytes: 10 }] };
const file = (path: string): StagedEntry => ({
  kind: 'file',
  path: path.includes(':') ? path : `utf8:${path}`,
  ...attributes,
  identity: { ctimeNs: '1', inode: '1' },
  content,
});
const directory = (path: string): StagedEntry => ({ kind: 'directory', path: `utf8:${path}`, ...attributes });
const link = (path: string): StagedEntry => ({
  kind: 'symlink',
  path: `utf8:${path}`,
  ...attributes,
  target: 'utf8:x',
});

const TREE = [
  directory(''),
  directory('config'),
  file('config/app.json'),
  file('config/key.pem'),
  directory('secrets'),
  directory('secrets/deep'),
  file('secrets/deep/a'),
  link('secrets/link'),
  file('base64:/w=='),
  file('readme'),
];

async function neutral(...rules: NeutralizeRule[]): Promise<{ left: string[]; files: NeutralizedFiles }> {
  const files = new NeutralizedFiles(rules);
  const left: string[] = [];
  for await (const entry of files.entries(
    (async function* () {
      yield* TREE;
    })(),
  )) {
    const bytes = entry.kind === 'file' ? ` ${entry.content.bytes}` : '';
    left.push(`${entry.path.replace('utf8:', '')}${bytes}`);
  }
  return { left, files };
}

const all = [
  '',
  'config',
  'config/app.json 10',
  'config/key.pem 10',
  'secrets',
  'secrets/deep',
  'secrets/deep/a 10',
  'secrets/link',
  'base64:/w== 10',
  'readme 10',
];
const without = (...paths: string[]) => all.filter((line) => !paths.some((path) => line.startsWith(path)));

describe('neutralised files', () => {
  it('are all of them when no rule names any', async () => {
    expect((await neutral()).left).toEqual(all);
    const { left, files } = await neutral({ paths: ['nothing', 'Readme'], action: 'remove' });
    expect(left).toEqual(all);
    expect(files.counts).toEqual({ removedFiles: 0, changedFiles: 0, removedBytes: 0 });
  });

  it('are gone with all that is below a directory, by name wherever it is or by place', async () => {
    expect((await neutral({ paths: ['secrets/'], action: 'remove' })).left).toEqual(without('secrets'));
    expect((await neutral({ paths: ['deep'], action: 'remove' })).left).toEqual(without('secrets/deep'));
    expect((await neutral({ paths: ['/deep'], action: 'remove' })).left).toEqual(all);
    const { left, files } = await neutral({ paths: ['*.pem', 'config/*.json'], action: 'remove' });
    expect(left).toEqual(without('config/key', 'config/app'));
    expect(files.counts).toEqual({ removedFiles: 2, changedFiles: 0, removedBytes: 20 });
  });

  it('are everything but the filestore itself where everything is named', async () => {
    expect((await neutral({ paths: ['*'], action: 'remove' })).left).toEqual(['']);
    expect((await neutral({ paths: ['**'], action: 'remove' })).left).toEqual(['']);
  });

  it('are empty, or have another content, as they were otherwise; and nothing of what was captured of them is known', async () => {
    const { left, files } = await neutral(
      { paths: ['config/*'], action: 'replace', content: '{é}' },
      { paths: ['*', '!readme'], action: 'blank' },
    );
    expect(left).toEqual([
      '',
      'config',
      'config/app.json 4',
      'config/key.pem 4',
      'secrets',
      'secrets/deep',
      'secrets/deep/a 0',
      'secrets/link',
      'base64:/w== 0',
      'readme 10',
    ]);
    expect(files.counts).toEqual({ removedFiles: 0, changedFiles: 4, removedBytes: 32 });
    const [changed] = [...files.contents].filter(([, bytes]) => bytes.length === 4);
    expect(changed![1].toString()).toBe('{é}');
    for await (const entry of files.entries(
      (async function* () {
        yield file('config/app.json');
      })(),
    )) {
      expect(entry).not.toHaveProperty('identity');
      expect(entry).toMatchObject({ ...attributes, content: { sha256: changed![0] } });
    }
  });

  it('are by the first rule that names them', async () => {
    const { left } = await neutral({ paths: ['*.pem'], action: 'blank' }, { paths: ['config'], action: 'remove' });
    expect(left).toContain('config/key.pem 0');
    expect(left).not.toContain('config');
  });
});
