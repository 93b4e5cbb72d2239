import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { snapshotViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { SnapbackError, type SnapshotDetails } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { GoneSnapshot } from '../snapshot/gone-snapshot.js';
import { pathOf, titleOf, type Where } from '../snapshot/naming.js';
import { SnapshotPath } from '../snapshot/snapshot-path.js';
import { useWhere } from '../snapshot/use-where.js';
import { Empty } from '../ui/empty.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { isolated } from '../ui/isolated.js';
import { linkLook } from '../ui/link.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';

export interface SnapshotIds {
  projectId: string;
  environmentId: string;
  snapshotId: string;
}

interface ContentsPageProps {
  ids: SnapshotIds;
  what: 'Tables' | 'Files' | 'Comparison';
  /** What is asked for below the snapshot: `/tables?search=…`; undefined while that is not known. */
  below: string | undefined;
  /** In a sentence, what it holds. */
  answer: (snapshot: SnapshotDetails, zone: string) => ReactNode;
  children: (snapshot: SnapshotDetails, where: Where) => ReactNode;
}

/** What stands around the contents of a snapshot, and in their place when it has none to look into. */
export function ContentsPage({ ids, what, below, answer, children }: ContentsPageProps) {
  const { projectId, environmentId, snapshotId } = ids;
  const { where, isKnown } = useWhere(projectId, environmentId);
  const { data, error, refetch } = useQuery({
    ...snapshotViewOptions({ client, path: { environmentId, snapshotId } }),
    // What is taken now can be looked into when it is there.
    refetchInterval: ({ state }) => (state.data?.status === 'completed' ? false : LIST_REFRESH_MS),
  });
  if (error instanceof SnapbackError && error.code === 'not-found')
    return <GoneSnapshot snapshotId={snapshotId} where={where} />;
  if (data === undefined || !isKnown)
    return (
      <Page title={what} path={<SnapshotPath where={where} />}>
        {error === null ? (
          <Loading what={`the ${what.toLowerCase()}`} rows={6} />
        ) : (
          <Failed error={error} again={() => void refetch()} />
        )}
      </Page>
    );
  const name = titleOf(data, where.zone);
  const isCompleted = data.status === 'completed';
  return (
    <Page
      title={`${what} of ${isolated(name)}`}
      path={<SnapshotPath where={where} below={{ snapshotId, name, what: what.toLowerCase() }} />}
      answer={isCompleted ? answer(data, where.zone) : undefined}
      actions={
        isCompleted && below !== undefined ? (
          <Equivalents of={{ method: 'GET', path: pathOf(data, below) }} />
        ) : undefined
      }
    >
      {isCompleted ? children(data, where) : <NotCompleted snapshot={data} ids={ids} />}
    </Page>
  );
}

function NotCompleted({ snapshot: { status }, ids }: { snapshot: SnapshotDetails; ids: SnapshotIds }) {
  const isTaken = status === 'queued' || status === 'running';
  return (
    <Empty title={isTaken ? 'There is nothing to look into yet' : 'There is nothing to look into'}>
      The snapshot is {status}; only a completed one can be looked into.{' '}
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
        params={{ ...ids }}
        className={linkLook}
      >
        {isTaken ? 'How far it is' : 'What became of it'}
      </Link>
    </Empty>
  );
}
