import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { beginsWith, firstMatching, isId, theOne } from '../../names/matching.js';

/** How a deployment may be named; the text of `--help`. */
export const DEPLOYMENT_NAMES = 'its id, or the beginning of it';

const LOOKED_AT = 1_000;

/** The id of a deployment, whosever it is; by its beginning, as lists show it, one of the environment. */
export async function findDeployment(run: Invocation, asked: string): Promise<string> {
  if (isId(asked)) return asked;
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const deployments = snapback.deployments.list(environment.id, {}, { pageSize: 100 });
  const matching = await firstMatching(deployments, LOOKED_AT, ({ id }) => beginsWith(id, asked));
  const candidates = matching.map((thing) => ({ thing, told: `${thing.id} (${thing.createdAt})` }));
  return theOne(`deployment of ${environment.name}`, asked, candidates, []).id;
}
