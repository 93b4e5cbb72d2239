import type { Environment, RollbackLog } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { beginsWith, firstMatching, theOne } from '../../names/matching.js';

const LOOKED_AT = 1_000;

/** A rollback of an environment, by the id of its deployment or log, or the beginning of it. */
export async function findRollback(run: Invocation, environment: Environment, asked: string): Promise<RollbackLog> {
  const { snapback } = await run.session();
  const logs = snapback.rollbacks.list(environment.id, { pageSize: 100 });
  const matching = await firstMatching(
    logs,
    LOOKED_AT,
    ({ deploymentId, id }) => beginsWith(deploymentId, asked) || beginsWith(id, asked),
  );
  const candidates = matching.map((thing) => ({ thing, told: `${thing.deploymentId} (${thing.createdAt})` }));
  return theOne(`rollback of ${environment.name}`, asked, candidates, []);
}
