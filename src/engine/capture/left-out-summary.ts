import { type Exclusion, excludesNothing } from '../exclusion/exclusion.js';
import type { CapturedFilestore } from './capture-filestore.js';
import type { DatabaseLeftOut } from './database/database-run.js';

/** So many names of each kind are kept; there may be millions. */
export const MOST_LEFT_OUT = 100;

export interface NamedTable {
  schema: string;
  name: string;
}

/** What is not in a snapshot though it was there, in words and figures that fit a row. */
export interface LeftOutSummary {
  /** The rules it was taken by. */
  rules: Exclusion;
  /** Tables whose rows are not in it, the first hundred, and all of them counted. */
  rowsOf: NamedTable[];
  rowsOfCount: number;
  /** Tables that are not in it at all, likewise. */
  tables: NamedTable[];
  tableCount: number;
  /** Files and directories that were passed by, which are not counted in the latter; null when nobody knows. */
  fileCount: number | null;
  directoryCount: number | null;
  /** What could not be read, as people are shown it. */
  unreadable: string[];
  unreadableCount: number;
}

/** Null when nothing is left out and nobody wanted that. Pure. */
export function summariseLeftOut(
  rules: Exclusion,
  database: DatabaseLeftOut | undefined,
  filestore: Pick<CapturedFilestore, 'passedBy' | 'unreadable'> | null,
): LeftOutSummary | null {
  const { rowsOf = [], tables = [] } = database ?? {};
  const { passedBy, unreadable = { names: [], count: 0 } } = filestore ?? {};
  if (excludesNothing(rules) && unreadable.count === 0) return null;
  return {
    rules,
    rowsOf: rowsOf.slice(0, MOST_LEFT_OUT),
    rowsOfCount: rowsOf.length,
    tables: tables.slice(0, MOST_LEFT_OUT),
    tableCount: tables.length,
    fileCount: passedBy?.files ?? 0,
    directoryCount: passedBy?.directories ?? 0,
    unreadable: unreadable.names,
    unreadableCount: unreadable.count,
  };
}
