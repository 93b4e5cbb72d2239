import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import text from '../../../openapi.yaml?raw';
import type { Environment } from '../../../sdk/typescript/index.js';
import { changedBetween, changesOf, draftOf, rulesOf, rulesSchema, type RulesDraft } from './rules-schema.js';

const contract = parse(text) as { components: { schemas: Record<string, { example?: unknown }> } };
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'contract', components: contract.components });
const isAllowed = ajv.compile({ $ref: 'contract#/components/schemas/EnvironmentUpdate' });
const example = contract.components.schemas['Environment']?.example as Environment;
const base = draftOf(example);

const lines = (count: number, line = 'a') => Array.from({ length: count }, () => line).join('\n');
const excluding = (exclude: Partial<RulesDraft['exclude']>): RulesDraft => ({
  ...base,
  exclude: { ...base.exclude, ...exclude },
});
const ruled = (paths: string, content = ''): RulesDraft => ({
  ...base,
  neutralizePaths: [{ paths, action: 'replace', content }],
});

describe('what a form of rules takes', () => {
  it.each<[string, RulesDraft]>([
    ['what is there already', base],
    ['a hundred patterns', excluding({ tables: lines(100) })],
    ['more', excluding({ rowsOf: lines(101) })],
    ['the longest pattern of tables', excluding({ tables: 'é'.repeat(150) })],
    ['a longer one', excluding({ tables: 'é'.repeat(151) })],
    ['the longest path', excluding({ paths: '😀'.repeat(500) })],
    ['a longer path', excluding({ paths: 'a'.repeat(501) })],
    ['a tab', excluding({ paths: 'a\tb' })],
    ['empty lines', excluding({ paths: '\n\na\n' })],
    ['the longest SQL', { ...base, neutralizeSql: 'a'.repeat(50_000) }],
    ['longer SQL', { ...base, neutralizeSql: 'a'.repeat(50_001) }],
    ['SQL with NUL', { ...base, neutralizeSql: 'a\u0000' }],
    ['no rule for files', { ...base, neutralizePaths: [] }],
    ['a rule without patterns', ruled('\n')],
    ['a rule with many', ruled(lines(101))],
    ['the longest content', ruled('a', 'a'.repeat(20_000))],
    ['longer content', ruled('a', 'a'.repeat(20_001))],
    ['fifty rules', { ...base, neutralizePaths: Array(50).fill({ paths: 'a', action: 'blank', content: '' }) }],
    ['more rules', { ...base, neutralizePaths: Array(51).fill({ paths: 'a', action: 'blank', content: '' }) }],
  ])('is what the contract takes: %s', (_, draft) => {
    expect(rulesSchema.safeParse(draft).success).toBe(isAllowed(rulesOf(draft)));
  });
});

describe('what is sent', () => {
  it('is nothing where only a line was begun', () => {
    expect(changesOf(base, excluding({ paths: `${base.exclude.paths}\n` }))).toEqual({});
  });

  it('is what is left out as a whole, and null for nothing', () => {
    expect(changesOf(base, excluding({ tables: 'log_*\r\naudit.*' }))).toEqual({
      exclude: { ...example.exclude, tables: ['log_*', 'audit.*'] },
    });
    expect(changesOf(base, excluding({ rowsOf: '', paths: '' }))).toEqual({ exclude: null });
  });

  it('is content only of what is replaced', () => {
    const draft: RulesDraft = {
      ...base,
      neutralizePaths: [{ paths: '*.pem', action: 'remove', content: 'left over' }],
    };
    expect(changesOf(base, draft)).toEqual({ neutralizePaths: [{ paths: ['*.pem'], action: 'remove' }] });
    expect(changesOf(draft, base)).toEqual({ neutralizePaths: null });
  });

  it('tells that nothing is said of files from that none has to change', () => {
    expect(changedBetween(base, { ...base, neutralizePaths: [] })).toEqual(['neutralizePaths']);
    expect(changesOf(base, { ...base, neutralizeSql: ' ', allowUnneutralized: true })).toEqual({
      allowUnneutralized: true,
    });
  });
});
