import { getRouteApi } from '@tanstack/react-router';
import type { SnapshotDetails } from '../../../sdk/typescript/index.js';
import type { Where } from '../../snapshot/naming.js';
import { Empty } from '../../ui/empty.js';
import { Failed } from '../../ui/failed.js';
import { Loading } from '../../ui/loading.js';
import { ContentsPage, type SnapshotIds } from '../contents-page.js';
import { Comparison } from './comparison.js';
import { wayRound } from './pair.js';
import { SidesCard } from './sides-card.js';
import { useOther, type Other } from './use-other.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/compare');

/** What has changed from this snapshot to another one? */
export function ComparePage() {
  const ids = route.useParams();
  const search = route.useSearch();
  const other = useOther(ids, search);
  return (
    <ContentsPage
      ids={ids}
      what="Comparison"
      below={typeof other.id === 'string' ? `/compare?with=${encodeURIComponent(other.id)}` : undefined}
      answer={(snapshot, zone) => other.snapshot && wayRound(snapshot, other.snapshot, zone)}
    >
      {(snapshot, where) => <Compared snapshot={snapshot} where={where} ids={ids} other={other} />}
    </ContentsPage>
  );
}

interface ComparedProps {
  snapshot: SnapshotDetails;
  where: Where;
  ids: SnapshotIds;
  other: Other;
}

function Compared({ snapshot, where, ids, other }: ComparedProps) {
  const { part, environment = ids.environmentId } = route.useSearch();
  const navigate = route.useNavigate();
  if (other.error !== null) return <Failed error={other.error} again={other.again} />;
  if (other.id === undefined) return <Loading what="the other snapshot" rows={4} />;
  return (
    <>
      <SidesCard
        from={snapshot}
        to={other}
        environmentId={environment}
        part={part}
        where={where}
        choose={(chosen) =>
          void navigate({ search: { ...chosen, ...(part !== undefined && { part }) }, resetScroll: false })
        }
      />
      {other.id === null ? (
        <Empty title="There is no other snapshot to compare with">
          The environment has no other one that is completed. What changes is seen once there is.
        </Empty>
      ) : (
        <Comparison from={snapshot} toId={other.id} toEnvironmentId={environment} part={part} where={where} />
      )}
    </>
  );
}
