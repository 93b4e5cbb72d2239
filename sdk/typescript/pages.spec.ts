import { describe, expect, it } from 'vitest';
import { Pages } from './pages.js';
import type { Page, PageQuery } from './pages.js';

/** Seven numbers, by cursors that say where the next page begins. */
function sevenNumbers(pageSize?: number) {
  const asked: PageQuery[] = [];
  const load = async (query: PageQuery): Promise<Page<number>> => {
    asked.push(query);
    const { limit = 3, cursor = '0' } = query;
    const from = Number(cursor);
    const items = [0, 1, 2, 3, 4, 5, 6].slice(from, from + limit);
    return { items, total: 7, nextCursor: from + limit < 7 ? String(from + limit) : null };
  };
  return { asked, list: new Pages<number, Page<number>>(load, pageSize) };
}

describe('a list', () => {
  it('brings each item once, page by page as they are needed', async () => {
    const { asked, list } = sevenNumbers(2);
    const seen: [number, pagesAsked: number][] = [];
    for await (const number of list) seen.push([number, asked.length]);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((number) => [number, 1 + Math.floor(number / 2)]));
    expect(asked.slice(0, 2)).toEqual([{ limit: 2 }, { limit: 2, cursor: '2' }]);
    expect(await list.toArray()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('asks for nothing before it is read, and for no more than is read', async () => {
    const { asked, list } = sevenNumbers();
    expect(asked).toEqual([]);
    for await (const number of list) if (number === 1) break;
    expect(asked).toEqual([{}]);
    expect(await list.first()).toMatchObject({ items: [0, 1, 2], total: 7 });
  });

  it('of a service that knows no cursors is not read for ever', async () => {
    const load = async () => ({ items: [1], total: 2 }) as unknown as Page<number>;
    await expect(new Pages(load).toArray()).rejects.toThrow('older than this client');
  });
});
