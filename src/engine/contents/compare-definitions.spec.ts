import { describe, expect, it } from 'vitest';
import type { DescribedObject } from '../postgres/description/described-object.js';
import { type DefinitionChange, definitionChanges } from './compare-definitions.js';

const named = (name: string, definition: DescribedObject['definition'], more: Partial<DescribedObject> = {}) => ({
  kind: 'function' as const,
  name: `"public"."${name}"()`,
  definition,
  ...more,
});

async function* only(...objects: DescribedObject[]): AsyncGenerator<DescribedObject[]> {
  yield objects;
}

async function changes(before: DescribedObject[], after: DescribedObject[]): Promise<DefinitionChange[]> {
  const found: DefinitionChange[] = [];
  for await (const change of definitionChanges(only(...before), only(...after))) found.push(change);
  return found;
}

describe('definitions that have changed', () => {
  it.each([
    ['as people write them', '\nBEGIN\n  RETURN 1;\nEND\n', '\nBEGIN\n  RETURN 2;\nEND\n'],
    ['closed by an indented $$', '\nBEGIN\n  RETURN 1;\nEND\n  ', '\nBEGIN\n  RETURN 2;\nEND\n  '],
    ['of another system', 'BEGIN\r\n  RETURN 1;\r\nEND', 'BEGIN\r\n  RETURN 2;\r\nEND'],
  ])('are shown line by line: bodies %s', async (_, was, is) => {
    const [{ diff } = { diff: '' }] = await changes([named('f', { source: was })], [named('f', { source: is })]);
    const lines = diff.split('\n');
    expect(lines.filter((line) => line.startsWith('-'))).toHaveLength(1);
    expect(lines.find((line) => line.startsWith('+'))).toContain('RETURN 2;');
    expect(lines.some((line) => line.startsWith(' ') && line.includes('BEGIN'))).toBe(true);
  });

  it('tell of owners, privileges and comments, and of what differs in white space only', async () => {
    const [change] = await changes(
      [named('f', {}, { owner: 'a', comment: 'x' })],
      [named('f', {}, { owner: 'b', comment: 'x ' })],
    );
    expect(change!.diff).toContain('-owner: a');
    expect(change!.diff).toContain('+comment: "x "');
  });

  it('do not show what may be a password', async () => {
    const options = (secret: string) => [named('s', { foreignOptions: { password: secret } })];
    const [change] = await changes(options('secret-one'), options('secret-two'));
    expect(change).toMatchObject({ change: 'changed', diff: 'Only options that are not shown differ.\n' });
    const [added] = await changes([], options('secret-one'));
    expect(added!.diff).not.toContain('secret');
  });

  it('are cut off where they are very long, and shown whole where nothing in them is alike', async () => {
    const body = (word: string) => Array.from({ length: 30_000 }, (_, n) => `${word} ${n}`).join('\n');
    const [change] = await changes([named('f', { source: body('a') })], [named('f', { source: body('b') })]);
    expect(change!.diff.length).toBeLessThan(66_000);
    expect(change!.diff).toMatch(/… and \d+ more letters\.\n$/);
  });
});
