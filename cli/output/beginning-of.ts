import type { Page, Pages } from '../../sdk/typescript/index.js';
import { counted } from './words.js';

export type CountedPage<T> = Page<T> & { totalIsLowerBound?: boolean };

/** The first `limit` items of a list, and what its pages said of how many there are. */
export interface Beginning<T> {
  items: T[];
  limit: number;
  /** Of the last page that was read: some lists count no further than they were read. */
  last: CountedPage<T> | undefined;
}

export async function beginningOf<T, P extends CountedPage<T>>(
  pages: Pages<T, P>,
  limit: number,
): Promise<Beginning<T>> {
  const beginning: Beginning<T> = { items: [], limit, last: undefined };
  for await (const page of pages.pages()) {
    beginning.last = page;
    beginning.items.push(...page.items.slice(0, limit - beginning.items.length));
    if (beginning.items.length >= limit) break;
  }
  return beginning;
}

/** That there are more, where there are. */
export function toldRest<T>({ items, limit, last }: Beginning<T>): string | undefined {
  if (last === undefined) return undefined;
  const { total, totalIsLowerBound } = last;
  if (items.length < limit || (total <= limit && totalIsLowerBound !== true)) return undefined;
  const all = `${total.toLocaleString('en-US')}${totalIsLowerBound === true ? '+' : ''}`;
  return `${counted(limit, 'line')} of ${all}; see more of them with --limit.`;
}
