import type { DatabaseLineage } from '../../../../vault/manifests/manifest-database.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import type { DatabaseCaptureContext } from '../database-capture-context.js';
import { whyNoSource } from './lineage.js';
import { markHistory, type Marking } from './mark-history.js';

/**
 * Makes the cut one that differentials can be built on. Where that cannot be, a warning says why, unless
 * `alreadyTold` is the reason.
 */
export async function leaveMark(
  address: DatabaseAddress,
  cut: Cut,
  { warnings, signal }: Pick<DatabaseCaptureContext, 'warnings' | 'signal'>,
  alreadyTold?: string,
): Promise<DatabaseLineage | undefined> {
  const { systemIdentifier, databaseOid, horizon } = cut.moment;
  const marking = await tryMark(address, cut, signal);
  if ('marker' in marking && systemIdentifier !== null) {
    const { log } = cut;
    return { systemIdentifier, databaseOid, horizon: String(horizon), marker: marking.marker, ...(log && { log }) };
  }
  const reason = 'reason' in marking ? marking.reason : 'The server cannot be recognised.';
  if (reason === alreadyTold) return undefined;
  await warnings.add({
    code: 'differential-not-possible',
    message: `No differential snapshot can be built on this one. ${reason}`,
  });
  return undefined;
}

async function tryMark(address: DatabaseAddress, cut: Cut, signal: AbortSignal): Promise<Marking> {
  const reason = whyNoSource({ ...cut.moment, major: cut.major });
  return reason === undefined ? markHistory(address, { signal }) : { reason };
}
