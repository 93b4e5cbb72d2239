import type { Environment, ItemRestore } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { beginsWith, firstMatching, isId, theOne } from '../../names/matching.js';

const LOOKED_AT = 1_000;

/** How what was taken out together is named; the text of `--help`. */
export const ITEMS_NAMES = 'its id, or the beginning of it';

/** What was taken out together, by its id or the beginning of it. */
export async function findItemRestore(run: Invocation, environment: Environment, asked: string): Promise<ItemRestore> {
  const { items } = (await run.session()).snapback;
  if (isId(asked)) return items.view(environment.id, asked);
  const all = items.list(environment.id, { pageSize: 100 });
  const matching = await firstMatching(all, LOOKED_AT, ({ id }) => beginsWith(id, asked));
  const candidates = matching.map((thing) => ({ thing, told: `${thing.id} (${thing.createdAt})` }));
  return theOne(`restore of items of ${environment.name}`, asked, candidates, []);
}
