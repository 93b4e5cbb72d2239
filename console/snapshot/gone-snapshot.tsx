import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { retentionPlanOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { client } from '../api/snapback.js';
import { Empty } from '../ui/empty.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { Page } from '../ui/page.js';
import type { Where } from './naming.js';
import { SnapshotPath } from './snapshot-path.js';

/** It is not there: deleted, by whom and why, where that is known. */
export function GoneSnapshot({ snapshotId, where }: { snapshotId: string; where: Where }) {
  const { projectId, environmentId, zone } = where;
  const plan = useQuery(retentionPlanOptions({ client, path: { environmentId }, query: { limit: 1 } })).data;
  const deletion = plan?.recentDeletions.find((one) => one.snapshotId === snapshotId);
  return (
    <Page title="There is no such snapshot" path={<SnapshotPath where={where} />}>
      <Empty
        title={deletion === undefined ? 'It may have been deleted, or the address is mistyped.' : 'It was deleted.'}
      >
        {deletion !== undefined && (
          <p>
            It was deleted <Moment at={deletion.deletedAt} zone={zone} /> by <bdi>{deletion.deletedBy}</bdi>:{' '}
            {deletion.reason}.
          </p>
        )}
        <p>
          <Link
            to="/projects/$projectId/environments/$environmentId"
            params={{ projectId, environmentId }}
            className={linkLook}
          >
            All snapshots of this environment
          </Link>
        </p>
      </Empty>
    </Page>
  );
}
