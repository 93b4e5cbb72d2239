import type { Deployment } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { isId, theOne } from '../../names/matching.js';

/** How a deployment may be named; the text of `--help`. */
export const DEPLOYMENT_NAMES = 'its id, or the beginning of it';

const LOOKED_AT = 1_000;
/** Of an id: fewer characters are a guess. */
const SHORTEST = 4;

/** The id of a deployment, whosever it is; by its beginning, as lists show it, one of the environment. */
export async function findDeployment(run: Invocation, asked: string): Promise<string> {
  if (isId(asked)) return asked;
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const matching: Deployment[] = [];
  let looked = 0;
  for await (const deployment of snapback.deployments.list(environment.id, {}, { pageSize: 100 })) {
    if (asked.length >= SHORTEST && deployment.id.startsWith(asked.toLowerCase())) matching.push(deployment);
    if ((looked += 1) >= LOOKED_AT) break;
  }
  const candidates = matching.map((thing) => ({ thing, told: `${thing.id} (${thing.createdAt})` }));
  return theOne(`deployment of ${environment.name}`, asked, candidates, []).id;
}
