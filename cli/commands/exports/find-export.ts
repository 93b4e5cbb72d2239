import type { Environment, SnapshotExport } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { beginsWith, firstMatching, isId, theOne } from '../../names/matching.js';

const LOOKED_AT = 1_000;

/** How an export is named; the text of `--help`. */
export const EXPORT_NAMES = 'its id, or the beginning of it';

/** An export, by its id or the beginning of it. */
export async function findExport(run: Invocation, environment: Environment, asked: string): Promise<SnapshotExport> {
  const { exports } = (await run.session()).snapback;
  if (isId(asked)) return exports.view(environment.id, asked);
  const all = exports.list(environment.id, { pageSize: 100 });
  const matching = await firstMatching(all, LOOKED_AT, ({ id }) => beginsWith(id, asked));
  const candidates = matching.map((thing) => ({ thing, told: `${thing.id} (${thing.createdAt})` }));
  return theOne(`export of ${environment.name}`, asked, candidates, []);
}
