import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { snapshotViewOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { RollbackLog } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import { Card } from '../../ui/card.js';
import { Facts, type Fact } from '../../ui/facts.js';
import { linkLook } from '../../ui/link.js';
import { ShortId } from '../../ui/short-id.js';
import { snapshotName } from '../choice/snapshot-name.js';
import { takenAt } from '../choice/taken-by.js';
import { usePlaceOf, type Place } from './use-place-of.js';
import { When } from './when.js';

interface WhatItWasProps {
  log: RollbackLog;
  place: Place | null | undefined;
  zone: string;
}

/** Who, when, from what to what. */
export function WhatItWas({ log, place, zone }: WhatItWasProps) {
  const { undoOf, undoneBy, standby, requestedBy, createdAt, startedAt, finishedAt, deploymentId } = log;
  const facts: (Fact | false)[] = [
    [
      'Environment',
      place ? <ToEnvironment key="environment" place={place} /> : <ShortId key="environment" id={log.environmentId} />,
    ],
    ['Becomes', <Becomes key="becomes" log={log} zone={zone} />],
    undoOf !== null && ['Undoes', <ToRollback key="of" id={undoOf} text="this rollback" />],
    undoneBy !== null && ['Undone by', <ToRollback key="by" id={undoneBy} text="this rollback" />],
    standby !== null && ['Standby', standby.used ? 'swapped in' : `not used: ${standby.reason?.message ?? ''}`],
    ['Asked for by', requestedBy],
    ['Asked for', <When key="created" at={createdAt} zone={zone} />],
    ['Begun', <When key="started" at={startedAt} zone={zone} none="not yet" />],
    ['Ended', <When key="finished" at={finishedAt} zone={zone} none="not yet" />],
    ['Id', <ShortId key="id" id={deploymentId} />],
  ];
  return (
    <Card title="From what to what">
      <Facts of={facts} />
    </Card>
  );
}

function ToEnvironment({ place: { projectId, environmentId, told } }: { place: Place }) {
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId"
      params={{ projectId, environmentId }}
      className={linkLook}
    >
      {told}
    </Link>
  );
}

function ToRollback({ id, text }: { id: string; text: string }) {
  return (
    <Link to="/rollbacks/$deploymentId" params={{ deploymentId: id }} className={linkLook}>
      {text}
    </Link>
  );
}

/** The snapshot that it went back to, by its name, of where and when. */
export function Becomes({ log, zone }: { log: RollbackLog; zone: string }) {
  const { snapshotId, sourceEnvironmentId, environmentId, undoOf } = log;
  const path = { environmentId: sourceEnvironmentId, snapshotId: snapshotId ?? '' };
  const snapshot = useQuery({
    ...snapshotViewOptions({ client, path }),
    enabled: snapshotId !== null && undoOf === null,
  }).data;
  const source = usePlaceOf(sourceEnvironmentId);
  if (undoOf !== null) return 'the state that was swapped out';
  if (snapshotId === null) return 'a snapshot that was deleted since';
  if (snapshot === undefined) return <ShortId id={snapshotId} />;
  const name = snapshotName(snapshot);
  return (
    <>
      {source ? (
        <Link
          to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
          params={{ projectId: source.projectId, environmentId: sourceEnvironmentId, snapshotId }}
          className={linkLook}
        >
          {name}
        </Link>
      ) : (
        name
      )}
      {sourceEnvironmentId !== environmentId && source && ` of ${source.told}`}, taken{' '}
      <When at={takenAt(snapshot)} zone={zone} />
    </>
  );
}
