import { Link } from '@tanstack/react-router';
import type { Deployment } from '../../sdk/typescript/index.js';
import { itemsOf, nextOf, totalOf } from '../api/pages.js';
import { Needs } from '../session/needs.js';
import { Badge } from '../ui/badge.js';
import { Card } from '../ui/card.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { Empty } from '../ui/empty.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Loading } from '../ui/loading.js';
import { Moment } from '../ui/moment.js';
import { ROLLBACK_STATUS } from '../ui/words.js';
import { useMay } from '../session/use-access.js';
import { useDeployments, useZone } from './use-environment.js';
import { changeTitleOf } from './timeline/words.js';

interface Ids {
  projectId: string;
  environmentId: string;
}

/** What was changed, by whom, and how it went. */
export function ChangesCard({ projectId, environmentId }: Ids) {
  const may = useMay('deployments:read');
  return (
    <Card title="Deployments and rollbacks" flush={may}>
      <Needs permission="deployments:read">
        <Changes projectId={projectId} environmentId={environmentId} />
      </Needs>
    </Card>
  );
}

function Changes({ projectId, environmentId }: Ids) {
  const changes = useDeployments(environmentId);
  const zone = useZone(environmentId);
  const rows = itemsOf(changes.data);
  const { error, refetch } = changes;
  if (error !== null && changes.data === undefined)
    return (
      <Padded>
        <Failed error={error} again={() => void refetch()} />
      </Padded>
    );
  if (changes.data === undefined)
    return (
      <Padded>
        <Loading what="deployments and rollbacks" />
      </Padded>
    );
  if (rows.length === 0)
    return (
      <Padded>
        <Empty title="Nothing was deployed or rolled back yet">
          A pipeline announces what it deploys with <code>snapback deploy</code>, and gets a snapshot to go back to.
        </Empty>
      </Padded>
    );
  return (
    <DataTable
      boxed="short"
      label="Deployments and rollbacks"
      columns={columnsOf({ projectId, environmentId }, zone)}
      rows={rows}
      total={totalOf(changes.data)?.total ?? rows.length}
      keyOf={({ id }) => id}
      onEnd={nextOf(changes)}
    />
  );
}

function Padded({ children }: { children: React.ReactNode }) {
  return <div className="px-4 pb-4">{children}</div>;
}

function columnsOf(ids: Ids, zone: string): readonly Column<Deployment>[] {
  return [
    {
      name: 'What',
      width: 'minmax(9rem, 2fr)',
      cell: (deployment) => (
        <>
          <Title of={deployment} {...ids} />
          {deployment.gateReason !== null && deployment.gate !== 'open' && (
            <span className="block text-xs text-soft">{deployment.gateReason}</span>
          )}
        </>
      ),
    },
    {
      name: 'Result',
      width: 'minmax(7rem, 1fr)',
      cell: ({ status, gate }) => (
        <span className="inline-flex flex-wrap gap-1">
          <Badge tone={ROLLBACK_STATUS[status].tone}>{ROLLBACK_STATUS[status].text}</Badge>
          {gate === 'pending' && <Badge tone="info">gate pending</Badge>}
          {gate === 'closed' && <Badge tone="bad">gate closed</Badge>}
        </span>
      ),
    },
    { name: 'When', width: 'minmax(6.5rem, 1fr)', cell: ({ createdAt }) => <Moment at={createdAt} zone={zone} /> },
  ];
}

function Title({ of: deployment, projectId, environmentId }: { of: Deployment } & Ids) {
  const { kind, id, snapshotId } = deployment;
  const text = changeTitleOf(deployment);
  if (kind === 'rollback')
    return (
      <Link to="/rollbacks/$deploymentId" params={{ deploymentId: id }} className={linkLook}>
        {text}
      </Link>
    );
  return (
    <span className="[overflow-wrap:anywhere]">
      {text}
      {snapshotId !== null && (
        <>
          {' · '}
          <Link
            to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
            params={{ projectId, environmentId, snapshotId }}
            className={linkLook}
          >
            its snapshot
          </Link>
        </>
      )}
    </span>
  );
}
