import { useQuery } from '@tanstack/react-query';
import { snapshotCompareOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { SnapbackError, type SnapshotDetails } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import type { Where } from '../../snapshot/naming.js';
import { Empty } from '../../ui/empty.js';
import { Loading } from '../../ui/loading.js';
import { ContentsFailed } from '../contents-failed.js';
import { ChangeList } from './change-list.js';
import { isTheSame, partOf } from './counts.js';
import { CountsCard } from './counts-card.js';

interface ComparisonProps {
  from: SnapshotDetails;
  toId: string;
  toEnvironmentId: string;
  /** As the address has it. */
  part: string | undefined;
  where: Where;
}

/** What has changed, counted, and one part of it in a list. */
export function Comparison({ from, toId, toEnvironmentId, part: asked, where }: ComparisonProps) {
  const path = { environmentId: from.environmentId, snapshotId: from.id };
  const { data, error, refetch } = useQuery({
    ...snapshotCompareOptions({ client, path, query: { with: toId } }),
    // Snapshots do not change.
    staleTime: Infinity,
  });
  const code = error instanceof SnapbackError ? error.code : undefined;
  if (code === 'not-found')
    return (
      <Empty title="There is no such snapshot to compare with">
        It may have been deleted, or it is one of another project. Choose another one.
      </Empty>
    );
  if (code === 'snapshot-not-completed')
    return (
      <Empty title="There is nothing to compare with yet">
        The other snapshot is not completed. Choose another one, or come back when it is.
      </Empty>
    );
  if (error !== null)
    return (
      <ContentsFailed
        error={error}
        damaged="One of the two snapshots is damaged"
        again={() => void refetch()}
        where={where}
      />
    );
  if (data === undefined) return <Loading what="the comparison" rows={6} />;
  if (isTheSame(data))
    return (
      <Empty title="Nothing has changed">
        {data.definitions === null ? 'All tables and files' : 'All definitions, tables and files'} are the same in both.
      </Empty>
    );
  const part = partOf(asked, data);
  const sides = { ...path, projectId: where.projectId, with: toId, withEnvironmentId: toEnvironmentId };
  return (
    <>
      <CountsCard counted={data} part={part} />
      <ChangeList key={`${from.id} ${toId} ${part}`} part={part} sides={sides} counted={data} where={where} />
    </>
  );
}
