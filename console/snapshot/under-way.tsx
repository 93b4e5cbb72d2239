import type { SnapshotDetails } from '../../sdk/typescript/index.js';
import { useSnapshotProgress, useVerificationProgress } from '../api/live.js';
import { LiveProgress } from '../progress/live-progress.js';
import { Card } from '../ui/card.js';
import { Failed } from '../ui/failed.js';
import { SNAPSHOT_PHASE, VERIFICATION_PHASE } from '../ui/words.js';

/** What is being done with it at this moment, live: it is taken, or verified. */
export function UnderWay({ snapshot }: { snapshot: SnapshotDetails }) {
  const { id, environmentId, status, verification } = snapshot;
  const isTaken = status === 'queued' || status === 'running';
  const isVerified = verification !== null && verification.status !== 'ended';
  const taking = useSnapshotProgress(environmentId, isTaken ? id : undefined);
  const verifying = useVerificationProgress(environmentId, id, isVerified ? verification.id : undefined);
  return (
    <>
      {isTaken && (
        <Card title="It is being taken">
          {taking.error !== undefined && <Failed error={taking.error} />}
          <LiveProgress event={taking.event} phases={SNAPSHOT_PHASE} />
        </Card>
      )}
      {isVerified && (
        <Card title="It is being verified">
          {verifying.error !== undefined && <Failed error={verifying.error} />}
          <LiveProgress event={verifying.event} phases={VERIFICATION_PHASE} />
        </Card>
      )}
    </>
  );
}
