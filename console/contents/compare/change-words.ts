import type { FileAspect, FileChange, TableChange } from '../../../sdk/typescript/index.js';
import { bytes, count } from '../../ui/amounts.js';
import type { Tone } from '../../ui/tone.js';
import type { Change } from './counts.js';

/** The mark says it as well as the word does; the colour only helps. */
export const CHANGE: Record<Change, { mark: string; tone: Tone }> = {
  added: { mark: '+', tone: 'good' },
  removed: { mark: '−', tone: 'bad' },
  changed: { mark: '±', tone: 'info' },
};

const ASPECT: Record<FileAspect, string> = {
  kind: 'kind',
  content: 'content',
  target: 'where it leads',
  mode: 'permissions',
  owner: 'owner',
  time: 'time',
};

/** What became of the rows of a table, as far as they were looked at. */
export function rowsSaid({ isExact, addedRowCount, removedRowCount, changedRowCount, ...of }: TableChange): string {
  if (of.leftOutBefore || of.leftOutAfter) return 'rows are left out of one of both';
  if (!isExact) return 'parts have changed; rows were not looked at';
  const said = [
    ['added', addedRowCount] as const,
    ['removed', removedRowCount] as const,
    ['changed', changedRowCount] as const,
  ].flatMap(([change, amount]) => (amount === null || amount === 0 ? [] : [`${count(amount)} ${change}`]));
  return said.length === 0 ? 'none' : said.join(', ');
}

/** How many rows there were and are; one figure where they are as many. */
export function rowsBeside({ beforeRowCount: before, afterRowCount: after }: TableChange): string {
  return beside(before, after, count);
}

/** What of a file is not the same: `content, time`; of one that is in one of the two only, all of it. */
export function aspectsSaid({ aspects, before, after }: FileChange): string {
  if (before === null || after === null) return 'all of it';
  if (aspects.includes('kind')) return `a ${before.kind} became a ${after.kind}`;
  return aspects.map((aspect) => ASPECT[aspect]).join(', ');
}

export function sizesBeside({ before, after }: FileChange): string {
  return beside(before?.sizeBytes ?? null, after?.sizeBytes ?? null, bytes);
}

/** `7 B → 14 B`; what is only on one side stands beside a dash. */
function beside(before: number | null, after: number | null, shown: (amount: number) => string): string {
  if (before === null && after === null) return '–';
  if (before === after && before !== null) return shown(before);
  return `${before === null ? '–' : shown(before)} → ${after === null ? '–' : shown(after)}`;
}
