import { isDeepStrictEqual } from 'node:util';
import { capturedSettings } from '../../postgres/properties/captured-properties.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { DatabaseSurvey, SurveyedTable } from '../database/order/database-survey.js';

/** Beyond this share of the rows loading everything anew, with indexes after the rows, is quicker. A guess. */
const MOST_OF_ALL = 0.5;

export type RefreshPlan =
  | { refresh: true; tables: SurveyedTable[] }
  /** Why everything is to be built anew: the rest of "it is built anew since …". */
  | { refresh: false; why: string };

/**
 * Which tables of a database that holds one snapshot have other rows in another one; or why it cannot be made into that by loading
 * these. The definitions must be the same in both: what their catalogues said, letter for letter. Pure.
 */
export function planRefresh(held: DatabaseSurvey, wanted: DatabaseSurvey): RefreshPlan {
  const no = (why: string): RefreshPlan => ({ refresh: false, why });
  if (!held.description || held.description.sha256 !== wanted.description?.sha256) return no('definitions differ');
  if (held.database.serverVersion !== wanted.database.serverVersion) return no('the server is another version');
  if (!isDeepStrictEqual(held.database.searchPath, wanted.database.searchPath)) return no('the search_path differs');
  if (!isDeepStrictEqual(settingsOf(held), settingsOf(wanted))) return no('settings of the database differ');
  const byName = new Map([...held.tables.values()].map((table) => [qualifiedName(table), table]));
  if (byName.size !== wanted.tables.size) return no('the tables are others');
  const tables: SurveyedTable[] = [];
  for (const table of wanted.tables.values()) {
    const before = byName.get(qualifiedName(table));
    if (before === undefined) return no('the tables are others');
    if (shapeOf(before) !== shapeOf(table)) return no('columns are captured otherwise');
    if (before.contents !== table.contents || before.segments !== table.segments) tables.push(table);
  }
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  if (bytes > wanted.dataBytes * MOST_OF_ALL) return no('most rows are in tables that have changed');
  return { refresh: true, tables };
}

function settingsOf({ database }: DatabaseSurvey): unknown {
  return [capturedSettings(database.properties), database.properties.encoding];
}

function shapeOf({ columns, generated, condition }: SurveyedTable): string {
  return JSON.stringify([columns, generated ?? [], condition ?? null]);
}
