import { isDeepStrictEqual } from 'node:util';
import { capturedSettings } from '../../postgres/properties/captured-properties.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { DatabaseSurvey, SurveyedTable } from '../database/order/database-survey.js';

export type RefreshPlan =
  | { refresh: true; tables: ChangedTable[] }
  /** Why everything is to be built anew: a sentence. */
  | { refresh: false; why: string };

/** A table that has other rows in another snapshot: as it stands in the manifests of both. */
export interface ChangedTable {
  held: SurveyedTable;
  wanted: SurveyedTable;
}

/**
 * Which tables of a database that holds one snapshot have other rows in another one; or why it cannot be made into that by loading
 * these. The definitions must be the same in both: what their catalogues said, letter for letter. Pure.
 */
export function planRefresh(held: DatabaseSurvey, wanted: DatabaseSurvey): RefreshPlan {
  const no = (why: string): RefreshPlan => ({ refresh: false, why });
  if (!held.description || held.description.sha256 !== wanted.description?.sha256)
    return no('Its definitions are others.');
  if (held.database.serverVersion !== wanted.database.serverVersion) return no('The server is another version.');
  if (!isDeepStrictEqual(held.database.searchPath, wanted.database.searchPath))
    return no('Its search_path is another one.');
  if (!isDeepStrictEqual(settingsOf(held), settingsOf(wanted))) return no('Its settings are others.');
  const byName = new Map([...held.tables.values()].map((table) => [qualifiedName(table), table]));
  if (byName.size !== wanted.tables.size) return no('Its tables are others.');
  const tables: ChangedTable[] = [];
  for (const table of wanted.tables.values()) {
    const before = byName.get(qualifiedName(table));
    if (before === undefined) return no('Its tables are others.');
    if (shapeOf(before) !== shapeOf(table)) return no('Its columns are captured otherwise.');
    if (before.contents !== table.contents || before.segments !== table.segments)
      tables.push({ held: before, wanted: table });
  }
  return { refresh: true, tables };
}

function settingsOf({ database }: DatabaseSurvey): unknown {
  return [capturedSettings(database.properties), database.properties.encoding];
}

function shapeOf({ columns, generated, condition }: SurveyedTable): string {
  return JSON.stringify([columns, generated ?? [], condition ?? null]);
}
