import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  snapshotCompareOptions,
  snapshotListOptions,
} from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { SnapbackError, type Snapshot, type SnapshotComparison } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import { amountsOf, isTheSame } from '../../contents/compare/counts.js';
import { searchOf, snapshotAt } from '../../contents/compare/pair.js';
import { Card } from '../../ui/card.js';
import { Facts } from '../../ui/facts.js';
import { Failed } from '../../ui/failed.js';
import { linkLook } from '../../ui/link.js';
import { Loading } from '../../ui/loading.js';
import type { Planned } from './plan-answer.js';

/** It may not be seen, is gone, or is damaged: of that the plan itself says what matters. */
const LEFT_OUT: readonly (number | undefined)[] = [403, 404, 409];

/** What is in the newest snapshot of what would be changed and not in the one to go back to, and the other way round. The plan does not wait for it. */
export function LostAndBack({ planned, zone }: { planned: Planned; zone: string }) {
  const { target, snapshot } = planned;
  const path = { environmentId: target.id };
  const newest = useQuery(snapshotListOptions({ client, path, query: { status: 'completed', limit: 1 } })).data
    ?.items[0];
  if (newest === undefined || newest.id === snapshot.id) return null;
  return <Compared key={newest.id} planned={planned} newest={newest} zone={zone} />;
}

interface ComparedProps {
  planned: Planned;
  newest: Snapshot;
  zone: string;
}

function Compared({ planned, newest, zone }: ComparedProps) {
  const { snapshot } = planned;
  const path = { environmentId: newest.environmentId, snapshotId: newest.id };
  const { data, error, refetch } = useQuery({
    ...snapshotCompareOptions({ client, path, query: { with: snapshot.id } }),
    // Snapshots do not change.
    staleTime: Infinity,
  });
  if (error instanceof SnapbackError && LEFT_OUT.includes(error.status)) return null;
  return (
    <Card title="What would be lost, and what comes back">
      {data === undefined && error === null && <Loading what="the comparison" rows={2} />}
      {data === undefined && error !== null && <Failed error={error} again={() => void refetch()} />}
      {data !== undefined && <Told of={data} {...{ planned, newest, zone }} />}
    </Card>
  );
}

function Told({ of, planned, newest, zone }: ComparedProps & { of: SnapshotComparison }) {
  const { target, snapshot, plan } = planned;
  return (
    <div className="flex flex-col gap-3 text-sm">
      {isTheSame(of) ? (
        <p>Nothing of what was captured: both snapshots hold the same.</p>
      ) : (
        <Facts
          of={[
            ['Would be lost', amountsOf(of, 'removed') ?? 'nothing as a whole'],
            ['Comes back', amountsOf(of, 'added') ?? 'nothing as a whole'],
            ['Becomes what it was', amountsOf(of, 'changed') ?? 'nothing'],
          ]}
        />
      )}
      <p className="text-soft">
        Compared with {snapshotAt(newest, zone)}, the newest; what was written since is not in this
        {plan.neutralize && ', nor what neutralising changes'}.{' '}
        <Link
          to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/compare"
          params={{ projectId: target.projectId, environmentId: newest.environmentId, snapshotId: newest.id }}
          search={{ ...searchOf(newest, snapshot) }}
          className={linkLook}
        >
          All that differs
        </Link>
      </p>
    </div>
  );
}
