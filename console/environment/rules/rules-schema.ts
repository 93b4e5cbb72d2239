import { get } from 'react-hook-form';
import type { Environment, EnvironmentUpdate, NeutralizePath } from '../../../sdk/typescript/index.js';
import { z } from '../../ui/schema.js';

/* The limits of the contract, in sentences for people; `rules-schema.spec.ts` holds them against it. */

const MOST_PATTERNS = 100;
const LONGEST_TABLE = 150;
const LONGEST_PATH = 500;
export const MOST_PATH_RULES = 50;

/** A pattern a line, letter for letter: a name may begin or end with a space. */
export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function patterns(longest: number) {
  return z.string().superRefine((text, { addIssue }) => {
    const lines = linesOf(text);
    if (lines.length > MOST_PATTERNS) addIssue(`At most ${MOST_PATTERNS} patterns.`);
    const long = lines.find((line) => [...line].length > longest);
    if (long !== undefined) addIssue(`A pattern has at most ${longest} characters: ${long.slice(0, 30)}… has more.`);
    // oxlint-disable-next-line no-control-regex -- the contract forbids just these
    if (lines.some((line) => /[\u0000-\u001f]/.test(line)))
      addIssue('A pattern has no tabs or other control characters.');
  });
}

const withoutNul = (longest: number) =>
  z
    .string()
    .refine((text) => [...text].length <= longest, `At most ${longest.toLocaleString('en')} characters.`)
    .refine((text) => !text.includes('\u0000'), 'A NUL character is not allowed.');

const pathRule = z.object({
  paths: patterns(LONGEST_PATH).refine((text) => linesOf(text).length > 0, 'Name one pattern at least.'),
  action: z.enum(['remove', 'blank', 'replace']),
  content: withoutNul(20_000),
});

/** How data that comes from production becomes harmless, as it is written in a form. */
export const neutralizeShape = {
  neutralizeSql: withoutNul(50_000),
  /** Null: nobody has said. */
  neutralizePaths: z.nullable(z.array(pathRule).max(MOST_PATH_RULES, `At most ${MOST_PATH_RULES} rules.`)),
  allowUnneutralized: z.boolean(),
};

export const rulesSchema = z.object({
  exclude: z.object({
    tables: patterns(LONGEST_TABLE),
    rowsOf: patterns(LONGEST_TABLE),
    paths: patterns(LONGEST_PATH),
  }),
  onUnreadableFile: z.enum(['fail', 'warn']),
  ...neutralizeShape,
});

export type RulesDraft = z.infer<typeof rulesSchema>;
export type NeutralizeDraft = Pick<RulesDraft, keyof typeof neutralizeShape>;
export type PathRuleDraft = z.infer<typeof pathRule>;

type Rules = Pick<
  Environment,
  'exclude' | 'onUnreadableFile' | 'neutralizeSql' | 'neutralizePaths' | 'allowUnneutralized'
>;

/** What one changes by itself, and what somebody else may have changed meanwhile. */
export const RULE_NAMES = [
  'exclude.tables',
  'exclude.rowsOf',
  'exclude.paths',
  'onUnreadableFile',
  'neutralizeSql',
  'neutralizePaths',
  'allowUnneutralized',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

export function draftOf({ exclude, onUnreadableFile, ...rules }: Rules): RulesDraft {
  const text = (lines: string[] = []) => lines.join('\n');
  return {
    exclude: { tables: text(exclude?.tables), rowsOf: text(exclude?.rowsOf), paths: text(exclude?.paths) },
    onUnreadableFile,
    neutralizeSql: rules.neutralizeSql ?? '',
    neutralizePaths:
      rules.neutralizePaths?.map(({ paths, action, content = '' }) => ({ paths: text(paths), action, content })) ??
      null,
    allowUnneutralized: rules.allowUnneutralized,
  };
}

/** As the contract has them. */
export function neutralizeOf({ neutralizeSql, neutralizePaths, allowUnneutralized }: NeutralizeDraft) {
  return {
    neutralizeSql: neutralizeSql.trim() === '' ? null : neutralizeSql,
    neutralizePaths: neutralizePaths?.map(toPathRule) ?? null,
    allowUnneutralized,
  };
}

function toPathRule({ paths, action, content }: PathRuleDraft): NeutralizePath {
  return { paths: linesOf(paths), action, ...(action === 'replace' && { content }) };
}

/** As the contract has them; what leaves nothing out has its lists all the same. */
export function rulesOf({ exclude, onUnreadableFile, ...neutralize }: RulesDraft) {
  const { tables, rowsOf, paths } = exclude;
  return {
    exclude: { tables: linesOf(tables), rowsOf: linesOf(rowsOf), paths: linesOf(paths) },
    onUnreadableFile,
    ...neutralizeOf(neutralize),
  };
}

export function changedBetween(before: RulesDraft, after: RulesDraft): RuleName[] {
  const [one, other] = [rulesOf(before), rulesOf(after)];
  return RULE_NAMES.filter((name) => JSON.stringify(get(one, name)) !== JSON.stringify(get(other, name)));
}

/** What is otherwise in the draft: no more is sent, so that what others change meanwhile stays as they want it. */
export function changesOf(base: RulesDraft, draft: RulesDraft): EnvironmentUpdate {
  const { exclude, ...rules } = rulesOf(draft);
  const names = changedBetween(base, draft);
  const isNothing = Object.values(exclude).every((lines) => lines.length === 0);
  return {
    ...(names.some((name) => name.startsWith('exclude.')) && { exclude: isNothing ? null : exclude }),
    ...Object.fromEntries(names.filter((name) => name in rules).map((name) => [name, get(rules, name) as unknown])),
  };
}
