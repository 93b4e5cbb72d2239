import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deploymentViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Snapshot } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';
import { duration } from '../ui/amounts.js';
import { Card } from '../ui/card.js';
import { Facts } from '../ui/facts.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { ShortId } from '../ui/short-id.js';
import { TRIGGER } from '../ui/words.js';

/** Who asked for it, when and why. */
export function AboutCard({ snapshot, zone }: { snapshot: Snapshot; zone: string }) {
  const { id, requestedBy, createdAt, finishedAt, durationMs, trigger } = snapshot;
  const { schedules, deploymentId, serverVersion, lockedUntil, replicatedAt } = snapshot;
  return (
    <Card title="Who, when and why">
      <Facts
        of={[
          ['Asked for', <Moment key="asked" at={createdAt} zone={zone} />],
          ['By', <bdi key="by">{requestedBy}</bdi>],
          ['Trigger', TRIGGER[trigger]],
          ...(schedules.length === 0
            ? []
            : [['Schedule', schedules.map(({ cron, timeZone }) => `${cron} (${timeZone})`).join(', ')] as const]),
          ...(deploymentId === null
            ? []
            : [['Taken for', <Deployment key="for" deploymentId={deploymentId} />] as const]),
          ...(finishedAt === null ? [] : [['Ended', <Moment key="ended" at={finishedAt} zone={zone} />] as const]),
          ...(durationMs === null ? [] : [['Took', duration(durationMs)] as const]),
          ...(serverVersion === null ? [] : [['PostgreSQL', serverVersion] as const]),
          ...(lockedUntil === null
            ? []
            : [['Locked until', <Moment key="locked" at={lockedUntil} zone={zone} />] as const]),
          ...(replicatedAt === null
            ? []
            : [['In the replica', <Moment key="replicated" at={replicatedAt} zone={zone} />] as const]),
          ['Id', <ShortId key="id" id={id} />],
        ]}
      />
    </Card>
  );
}

function Deployment({ deploymentId }: { deploymentId: string }) {
  const { data } = useQuery(deploymentViewOptions({ client, path: { deploymentId } }));
  if (data === undefined) return <ShortId id={deploymentId} />;
  if (data.kind === 'rollback')
    return (
      <Link to="/rollbacks/$deploymentId" params={{ deploymentId }} className={linkLook}>
        the rollback {deploymentId.slice(0, 8)}
      </Link>
    );
  return (
    <span>
      the deployment <bdi>{data.version ?? deploymentId.slice(0, 8)}</bdi> ({data.status}
      {data.gate !== null && `, its gate ${data.gate}`})
    </span>
  );
}
