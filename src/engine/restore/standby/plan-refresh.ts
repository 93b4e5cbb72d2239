import { isDeepStrictEqual } from 'node:util';
import { capturedSettings } from '../../postgres/properties/captured-properties.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { DatabaseSurvey, SurveyedTable } from '../database/order/database-survey.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';

/** A table that has other rows in another snapshot: as it stands in the manifests of both. */
export interface ChangedTable {
  held: SurveyedTable;
  wanted: SurveyedTable;
}

/**
 * Which tables of a database that holds one snapshot have other rows in another one. Throws `RefreshInDoubt` when it cannot be made into
 * that by loading these: the definitions must be the same in both, what their catalogues said, letter for letter. Pure.
 */
export function planRefresh(held: DatabaseSurvey, wanted: DatabaseSurvey): ChangedTable[] {
  if (!held.description || held.description.sha256 !== wanted.description?.sha256)
    throw new RefreshInDoubt('Its definitions are others.');
  if (held.database.serverVersion !== wanted.database.serverVersion)
    throw new RefreshInDoubt('The server is another version.');
  if (!isDeepStrictEqual(held.database.searchPath, wanted.database.searchPath))
    throw new RefreshInDoubt('Its search_path is another one.');
  if (!isDeepStrictEqual(settingsOf(held), settingsOf(wanted))) throw new RefreshInDoubt('Its settings are others.');
  const byName = new Map([...held.tables.values()].map((table) => [qualifiedName(table), table]));
  if (byName.size !== wanted.tables.size) throw new RefreshInDoubt('Its tables are others.');
  const tables: ChangedTable[] = [];
  for (const table of wanted.tables.values()) {
    const before = byName.get(qualifiedName(table));
    if (before === undefined) throw new RefreshInDoubt('Its tables are others.');
    if (shapeOf(before) !== shapeOf(table)) throw new RefreshInDoubt('Its columns are captured otherwise.');
    if (before.contents !== table.contents || before.segments !== table.segments)
      tables.push({ held: before, wanted: table });
  }
  return tables;
}

function settingsOf({ database }: DatabaseSurvey): unknown {
  return [capturedSettings(database.properties), database.properties.encoding];
}

function shapeOf({ columns, generated, condition }: SurveyedTable): string {
  return JSON.stringify([columns, generated ?? [], condition ?? null]);
}
