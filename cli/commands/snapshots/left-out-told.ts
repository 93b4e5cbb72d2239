import type { LeftOut } from '../../../sdk/typescript/index.js';
import type { Property } from '../../output/table.js';
import { counted } from '../../output/words.js';

/** What a snapshot has not, line by line; nothing where nothing was to be left out. */
export function toldLeftOut(leftOut: LeftOut | null | undefined): Property[] {
  if (leftOut === null || leftOut === undefined) return [];
  const { rules, rowsOf = [], rowsOfCount = 0, tables = [], tableCount = 0, fileCount, directoryCount } = leftOut;
  const paths = rules?.paths ?? [];
  const passedBy = [
    ...(directoryCount ? [`${directoryCount} ${directoryCount === 1 ? 'directory' : 'directories'}`] : []),
    ...(fileCount ? [counted(fileCount, 'file')] : []),
  ];
  const told = [
    ...(rowsOfCount > 0 ? [`the rows of ${namesOf(rowsOf, rowsOfCount)}`] : []),
    ...(tableCount > 0 ? [`the tables ${namesOf(tables, tableCount)}`] : []),
    ...(passedBy.length > 0 || paths.length > 0
      ? [`${passedBy.length > 0 ? passedBy.join(' and ') : 'files'} by ${paths.join(', ')}`]
      : []),
    ...(leftOut.unreadableCount
      ? [`${leftOut.unreadableCount} that nobody could read: ${leftOut.unreadable.join(', ')}`]
      : []),
  ];
  return told.map((text, index): Property => [index === 0 ? 'left out' : '', text]);
}

/** As many as fit a line, and how many more. */
function namesOf(tables: readonly { schema: string; name: string }[], count: number): string {
  const named = tables.slice(0, 5).map(({ schema, name }) => `${schema}.${name}`);
  const more = count - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
