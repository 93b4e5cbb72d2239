import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { snapshotViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { SnapbackError, type SnapshotDetails } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { ExportsCard } from '../exports/exports-card.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';
import { AboutCard } from './about-card.js';
import { Answer } from './answer.js';
import { ContentsCard } from './contents-card.js';
import { GoneSnapshot } from './gone-snapshot.js';
import { titleOf, type Where } from './naming.js';
import { RelationsCard } from './relations-card.js';
import { RestorabilityCard } from './restorability-card.js';
import { RetentionCard } from './retention-card.js';
import { RollbacksCard } from './rollbacks-card.js';
import { SnapshotActions } from './snapshot-actions.js';
import { SnapshotBadges } from './snapshot-badges.js';
import { SnapshotPath } from './snapshot-path.js';
import { StepsCard } from './steps-card.js';
import { Trouble } from './trouble.js';
import { UnderWay } from './under-way.js';
import { useNeighbours, useRetention } from './use-neighbours.js';
import { useWhere } from './use-where.js';

const ROUTE = '/projects/$projectId/environments/$environmentId/snapshots/$snapshotId';

/** Can I go back to this? Then what it holds, how it was taken, how long it is kept. */
export function SnapshotPage() {
  const { projectId, environmentId, snapshotId } = useParams({ from: ROUTE });
  const { where, standby, maxPinned, isKnown } = useWhere(projectId, environmentId);
  const { data, error, refetch } = useQuery({
    ...snapshotViewOptions({ client, path: { environmentId, snapshotId } }),
    // What runs is streamed; what others do with it is seen by looking again.
    refetchInterval: LIST_REFRESH_MS,
  });
  const neighbours = useNeighbours(data);
  if (error instanceof SnapbackError && error.code === 'not-found')
    return <GoneSnapshot snapshotId={snapshotId} where={where} />;
  if (data === undefined || !isKnown)
    return (
      <Page title="Snapshot" path={<SnapshotPath where={where} />}>
        {error === null ? (
          <Loading what="the snapshot" rows={6} />
        ) : (
          <Failed error={error} again={() => void refetch()} />
        )}
      </Page>
    );
  const found = neighbours.data ?? undefined;
  return (
    <Page
      title={titleOf(data, where.zone)}
      path={<SnapshotPath where={where} />}
      badges={<SnapshotBadges snapshot={data} zone={where.zone} />}
      answer={<Answer snapshot={data} standby={standby} zone={where.zone} />}
      actions={<SnapshotActions snapshot={data} neighbours={found} where={where} maxPinned={maxPinned} />}
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      <Trouble snapshot={data} />
      <Parts snapshot={data} where={where} neighbours={neighbours} />
    </Page>
  );
}

interface PartsProps {
  snapshot: SnapshotDetails;
  where: Where;
  neighbours: ReturnType<typeof useNeighbours>;
}

/** What it is, in the wide column; what becomes of it, in the narrow one. */
function Parts({ snapshot, where, neighbours }: PartsProps) {
  const { zone, environmentId } = where;
  const found = neighbours.data ?? undefined;
  const retention = useRetention(snapshot, found?.place);
  const base = useQuery({
    ...snapshotViewOptions({ client, path: { environmentId, snapshotId: snapshot.baseSnapshotId ?? '' } }),
    enabled: snapshot.baseSnapshotId !== null,
  }).data;
  const isCompleted = snapshot.status === 'completed';
  const hasContents = snapshot.databaseBytes !== null || snapshot.filestoreBytes !== null;
  const previous = found?.previous ?? undefined;
  const beside = [
    ...(base === undefined
      ? []
      : [{ name: base.id === previous?.id ? 'Since its base, the one before' : 'Since its base', snapshot: base }]),
    ...(previous === undefined || base?.id === previous.id
      ? []
      : [{ name: 'Since the one before', snapshot: previous }]),
  ];
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="flex flex-col gap-4">
        <UnderWay snapshot={snapshot} />
        <RestorabilityCard snapshot={snapshot} zone={zone} />
        {isCompleted && (
          <ExportsCard
            {...{ projectId: where.projectId, environmentId, zone }}
            environmentType={where.environmentType}
            snapshotId={snapshot.id}
          />
        )}
        {hasContents && <ContentsCard snapshot={snapshot} projectId={where.projectId} beside={beside} />}
        {snapshot.startedAt !== null && snapshot.finishedAt !== null && <StepsCard snapshot={snapshot} />}
        {(isCompleted || snapshot.rollbackLogs.length > 0) && (
          <RollbacksCard logs={snapshot.rollbackLogs} zone={zone} />
        )}
      </div>
      <div className="flex flex-col gap-4">
        {isCompleted && <RetentionCard snapshot={snapshot} retention={retention} zone={zone} />}
        {isCompleted && <RelationsCard {...{ snapshot, base, where, neighbours: found }} />}
        <AboutCard snapshot={snapshot} zone={zone} />
      </div>
    </div>
  );
}
