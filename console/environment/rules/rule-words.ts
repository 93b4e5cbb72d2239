import { get } from 'react-hook-form';
import type { Environment } from '../../../sdk/typescript/index.js';
import { count } from '../../ui/amounts.js';
import { rulesOf, type PathRuleDraft, type RuleName, type RulesDraft } from './rules-schema.js';

export const RULES: Record<RuleName, { label: string; about: string }> = {
  'exclude.tables': {
    label: 'Tables',
    about:
      'They are not captured at all, and are gone after a rollback. A pattern a line, such as audit.* or log_20??, letter for letter; without a schema, in any.',
  },
  'exclude.rowsOf': {
    label: 'Rows of tables',
    about: 'The tables are captured and their rows are not; a rollback keeps the rows that are live. A pattern a line.',
  },
  'exclude.paths': {
    label: 'Files and directories',
    about:
      'They are not captured; a rollback keeps those that are live. A pattern a line, as in a .gitignore at the root of the filestore.',
  },
  onUnreadableFile: {
    label: 'A file that cannot be read',
    about: 'What becomes of a snapshot when the worker may not read a file or directory.',
  },
  neutralizeSql: {
    label: 'SQL for production’s rows',
    about: 'It is run in the rebuilt database, in one transaction, before anyone can connect to it.',
  },
  neutralizePaths: {
    label: 'Rules for production’s files',
    about:
      'What becomes of files before anyone can read them. The first rule that names a file counts; without a rule no file has to change.',
  },
  allowUnneutralized: {
    label: 'Accept production data as it is',
    about: 'Where nothing is said of rows or of files, a rollback out of production is refused otherwise.',
  },
};

export const UNREADABLE: Record<RulesDraft['onUnreadableFile'], string> = {
  fail: 'fails the snapshot',
  warn: 'is left out, with a warning',
};

export const PATH_ACTIONS: Record<PathRuleDraft['action'], string> = {
  remove: 'are not there',
  blank: 'are empty',
  replace: 'have this content',
};

const LONGEST_SHOWN = 80;

/** A rule as somebody reads it in a sentence. */
export function valueWords(name: RuleName, draft: RulesDraft): string {
  if (name === 'onUnreadableFile') return UNREADABLE[draft.onUnreadableFile];
  if (name === 'neutralizePaths') {
    const { neutralizePaths: rules } = rulesOf(draft);
    if (rules === null) return 'not said';
    return rules.length === 0 ? 'no file has to change' : rules.map(pathRuleWords).join('; ');
  }
  const value: unknown = get(rulesOf(draft), name);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return value === null ? 'nothing' : shortened(String(value));
}

function pathRuleWords({ paths, action }: { paths: string[]; action: PathRuleDraft['action'] }): string {
  return `${paths.join(', ')} ${PATH_ACTIONS[action]}`;
}

function shortened(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`;
}

/** What the rules come down to, in two sentences: what snapshots hold, and what becomes of production's data here. */
export function rulesAnswer(environment: Environment): string {
  const { tables = [], rowsOf = [], paths = [] } = environment.exclude ?? {};
  const patterns = tables.length + rowsOf.length + paths.length;
  const held =
    patterns === 0
      ? 'Snapshots hold everything.'
      : `Snapshots leave out what ${count(patterns)} ${patterns === 1 ? 'pattern names' : 'patterns name'}.`;
  return `${held} ${neutralized(environment)}`;
}

function neutralized(environment: Environment): string {
  const { type, database, filestorePath, neutralizeSql, neutralizePaths, allowUnneutralized } = environment;
  if (type === 'production') return 'It is production itself: what comes into it is not made harmless.';
  const isSaid = (database === null || neutralizeSql !== null) && (filestorePath === null || neutralizePaths !== null);
  if (isSaid) return 'Data that comes from production is made harmless before anyone can read it.';
  return allowUnneutralized
    ? 'Data that comes from production is accepted as it is where no rule changes it.'
    : 'Data that comes from production is refused: it is not said yet how it becomes harmless.';
}
