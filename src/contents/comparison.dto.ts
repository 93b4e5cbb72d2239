import type { DefinitionChange, FileChange, TableChange } from '../contract/generated/types.gen.js';
import { ListOrder } from '../database/page.js';
import type { DefinitionChange as ChangedDefinition } from '../engine/contents/compare-definitions.js';
import type { FileChange as ChangedFile } from '../engine/contents/compare-files.js';
import type { TableChange as ChangedTable } from '../engine/contents/compare-tables.js';
import type { BrowsedTable } from '../engine/contents/browse-tables.js';
import { toFileDto } from './contents.dto.js';

/** A cursor holds which object a page begins with. */
export const DEFINITIONS_ORDER = new ListOrder<number>('definition-changes', ['integer'], (number) => [String(number)]);

export function toDefinitionChangeDto({ kind, name, change, diff }: ChangedDefinition): DefinitionChange {
  return { kind, name, change, diff };
}

export function toTableChangeDto({ change, before, after, rows }: ChangedTable): TableChange {
  const { schema, name } = (after ?? before)!;
  const isLeftOut = before?.kind === 'left-out' || after?.kind === 'left-out';
  return {
    schema,
    name,
    change,
    beforeRowCount: rowsIn(before),
    afterRowCount: rowsIn(after),
    // Of one that is on one side only there is nothing more to know.
    isExact: !isLeftOut && (rows !== undefined || change !== 'changed'),
    addedRowCount: rows?.added ?? (change === 'added' ? rowsIn(after) : null),
    removedRowCount: rows?.removed ?? (change === 'removed' ? rowsIn(before) : null),
    changedRowCount: rows?.changed ?? (change === 'changed' || isLeftOut ? null : 0),
    leftOutBefore: before?.kind === 'left-out',
    leftOutAfter: after?.kind === 'left-out',
  };
}

/** Null where there is none, or its rows are left out. */
function rowsIn(table: BrowsedTable | undefined): number | null {
  return table?.kind === 'table' ? table.totals.rows : null;
}

export function toFileChangeDto({ change, aspects, before, after }: ChangedFile): FileChange {
  const [was, is] = [before, after].map((part) => (part === undefined ? null : toFileDto(part)));
  const { path, pathBase64 } = (is ?? was)!;
  return { path, pathBase64, change, aspects, before: was ?? null, after: is ?? null };
}
