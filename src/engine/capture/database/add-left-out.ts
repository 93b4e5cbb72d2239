import { nameSome } from '../../name-some.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { DecidedLeftOut } from './cut/decide-left-out.js';
import type { DatabaseCaptureContext } from './database-capture-context.js';

/** Writes down what the rules have left out of a database, and what a person should know of that. Rejects as the writer does. */
export async function addLeftOut(
  { leftOut, notLeftOut }: DecidedLeftOut,
  { writer, warnings }: Pick<DatabaseCaptureContext, 'writer' | 'warnings'>,
): Promise<void> {
  const { rowsOf, tables, views, idle } = leftOut;
  for (const { schema, name } of rowsOf) await writer.add({ kind: 'left-out', of: 'rows', schema, name });
  for (const { schema, name } of tables) await writer.add({ kind: 'left-out', of: 'table', schema, name });
  if (notLeftOut !== undefined) {
    const message = `Tables were captured that were to be left out. ${notLeftOut}`;
    await warnings.add({ code: 'exclude-not-kept', message });
  }
  if (views.length > 0) {
    const message = `Materialised views look at rows that are left out, and will be filled anew from those that are there: ${nameSome(views.map(qualifiedName))}.`;
    await warnings.add({ code: 'view-of-left-out-rows', message });
  }
  if (idle.length > 0) {
    const message = `No table has such a name, so that nothing was left out by: ${nameSome(idle.map((pattern) => `"${pattern}"`))}.`;
    await warnings.add({ code: 'exclude-matches-nothing', message });
  }
}
