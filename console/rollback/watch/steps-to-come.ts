import type { RollbackLog, RollbackStepName } from '../../../sdk/typescript/index.js';

const ALL: readonly RollbackStepName[] = ['prepare', 'stage-database', 'stage-filestore', 'verify', 'cutover'];
/** Where what is swapped in stands there already: a standby, or what an undo brings back. */
const SWAP: readonly RollbackStepName[] = ['prepare', 'cutover'];

/** What a rollback that runs has still before it, as far as can be told. Pure. */
export function stepsToCome({ steps, standby, undoOf }: RollbackLog): readonly RollbackStepName[] {
  const order = undoOf !== null || standby?.used === true ? SWAP : ALL;
  const last = steps.at(-1);
  if (last === undefined) return order;
  // Taken only where the snapshot has left something out, which the log does not say before.
  if (last.name === 'keep-live') return ['cutover'];
  return order.slice(order.indexOf(last.name) + 1).filter(() => order.includes(last.name));
}
