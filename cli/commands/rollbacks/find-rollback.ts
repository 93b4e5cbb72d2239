import type { Environment, RollbackLog } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { theOne } from '../../names/matching.js';

const LOOKED_AT = 1_000;

/** A rollback of an environment, by the id of its deployment or log, or the beginning of it. */
export async function findRollback(run: Invocation, environment: Environment, asked: string): Promise<RollbackLog> {
  const { snapback } = await run.session();
  const wanted = asked.toLowerCase();
  const matching: RollbackLog[] = [];
  let looked = 0;
  for await (const log of snapback.rollbacks.list(environment.id, { pageSize: 100 })) {
    if (wanted.length >= 4 && (log.deploymentId.startsWith(wanted) || log.id.startsWith(wanted))) matching.push(log);
    if ((looked += 1) >= LOOKED_AT) break;
  }
  const candidates = matching.map((thing) => ({ thing, told: `${thing.deploymentId} (${thing.createdAt})` }));
  return theOne(`rollback of ${environment.name}`, asked, candidates, []);
}
