import { PathRules } from '../filestore/paths/path-rules.js';
import type { Exclusion } from './exclusion.js';
import { nameEveryTable } from './table-patterns.js';

/** What is wrong with a list of patterns, for whoever has set it. */
export interface ExclusionFault {
  list: keyof Exclusion;
  /** Of the pattern in that list; null when it is the list. */
  index: number | null;
  /** The rest of "paths[1] …". */
  message: string;
}

/** Between two slashes. More of them take a name longer to compare with than anybody waits. */
const MOST_STARS = 3;

/** Names that nobody has given to anything: who leaves out all of these leaves out everything. */
const UNHEARD_OF = ['3f1b9c0e', '.3f1b9c0e', '3f1b9c0e.7d2a', '3f1b9c0e/7d2a/5c4f'];

/**
 * What can be said of patterns before anything was looked at: whether each of them is one, and whether something is left to capture. Pure.
 */
export function judgeExclusion({ tables, rowsOf, paths }: Exclusion): ExclusionFault[] {
  const faults: ExclusionFault[] = [];
  for (const [list, patterns] of [['tables', tables] as const, ['rowsOf', rowsOf] as const]) {
    for (const [index, pattern] of patterns.entries()) {
      const message = faultOfTable(pattern);
      if (message !== undefined) faults.push({ list, index, message });
    }
    if (nameEveryTable(patterns)) {
      const message = 'leaves out every table; name those that need not come back, or give the environment no database';
      faults.push({ list, index: null, message });
    }
  }
  for (const [index, pattern] of paths.entries()) {
    const message = faultOfPath(pattern);
    if (message !== undefined) faults.push({ list: 'paths', index, message });
  }
  if (leavesNoPath(paths)) {
    const message =
      'leaves out every file; name those that need not come back, or give the environment no filestorePath';
    faults.push({ list: 'paths', index: null, message });
  }
  return faults;
}

function faultOfTable(pattern: string): string | undefined {
  const parts = pattern.split('.');
  if (parts.length > 2) return 'has more than one dot; write schema.table, and ? for a dot in a name';
  if (parts.some((part) => part.trim() === '')) return 'lacks a schema or a table; write schema.table, or table alone';
  return undefined;
}

function faultOfPath(pattern: string): string | undefined {
  if (pattern.trim() === '') return 'is blank, and names nothing';
  if (pattern.startsWith('#')) return 'is a comment, and names nothing; write \\# for a name that begins with #';
  if (/^!?\/*$/.test(pattern)) return 'names nothing';
  if (/(?<!\\)(?:\\\\)*\\$/.test(pattern)) return 'ends in a backslash that nothing follows';
  const stars = (part: string) => part.split('*').length - 1;
  if (pattern.split('/').some((part) => part !== '**' && stars(part) > MOST_STARS))
    return `has more than ${MOST_STARS} stars between two slashes`;
  if (pattern.split('/').filter((part) => part === '**').length > MOST_STARS)
    return `has ** more than ${MOST_STARS} times`;
  return undefined;
}

function leavesNoPath(paths: readonly string[]): boolean {
  // What such a one takes back may be there.
  if (paths.length === 0 || paths.some((pattern) => pattern.startsWith('!'))) return false;
  const rules = new PathRules(paths);
  return UNHEARD_OF.every((path) => rules.names(Buffer.from(path), 'other'));
}
