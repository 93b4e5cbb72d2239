interface Dated {
  id: string;
  createdAt: string;
}

interface PageOfDated {
  items: readonly Dated[];
  total: number;
  totalIsLowerBound: boolean;
}

export const PAGE = 100;
/** Enough for more snapshots than anybody has. */
const MOST_PAGES = 40;

/**
 * At which offset of a list, newest first, something stands: its pages are not read one after another but halved, so that it is found among
 * ten thousand in seven. Undefined when it is not in the list.
 *
 * @param page up to `PAGE` items from an offset
 */
export async function findPlace(
  { id, createdAt }: Dated,
  page: (offset: number) => Promise<PageOfDated>,
): Promise<number | undefined> {
  // It stands in low ≤ place < high; where the list ends may not be known.
  let low = 0;
  let high = Infinity;
  let offset = 0;
  for (let pages = 0; pages < MOST_PAGES && low < high; pages++) {
    const { items, total, totalIsLowerBound } = await page(offset);
    const index = items.findIndex((item) => item.id === id);
    if (index >= 0) return offset + index;
    if (!totalIsLowerBound) high = Math.min(high, total);
    const [first, last] = [items[0], items.at(-1)];
    if (first === undefined || last === undefined) high = Math.min(high, offset);
    else if (Date.parse(last.createdAt) >= Date.parse(createdAt)) low = offset + items.length;
    else if (Date.parse(first.createdAt) <= Date.parse(createdAt)) high = Math.min(high, offset);
    else return undefined;
    offset = high === Infinity ? low * 2 : Math.max(low, Math.floor((low + high - PAGE) / 2));
  }
  return undefined;
}
