import type { Snapshot } from '../../sdk/typescript/index.js';
import { toTheMinute } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import { Card } from '../ui/card.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Moment } from '../ui/moment.js';
import type { Retention } from './use-neighbours.js';

interface RetentionCardProps {
  snapshot: Snapshot;
  retention: { data: Retention | undefined; error: unknown };
  zone: string;
}

/** Whether it is kept, and why; when it goes. */
export function RetentionCard({ snapshot, retention: { data, error }, zone }: RetentionCardProps) {
  const decision = data?.decision;
  return (
    <Card
      title="How long is it kept?"
      aside={
        decision && (
          <Badge tone={decision.decision === 'due' ? 'warn' : 'plain'}>
            {decision.decision === 'due' ? 'due' : 'kept'}
          </Badge>
        )
      }
    >
      <div className="flex flex-col gap-3 text-sm">
        {snapshot.pin !== null && <PinFacts snapshot={snapshot} zone={zone} />}
        {error !== null && <Failed error={error} />}
        {data === undefined && error === null && <Loading what="what retention does with it" rows={1} />}
        {decision !== undefined && data !== undefined && (
          <>
            <p>
              {decision.decision === 'due' ? (
                <>
                  The next daily run deletes it, <Moment at={data.plan.nextRunAt} zone={zone} />, because it is:
                </>
              ) : (
                'It is kept, because it is:'
              )}
            </p>
            <ul className="list-disc pl-5">
              {decision.reasons.map((reason) => (
                <li key={reason}>{inZone(reason, zone)}</li>
              ))}
            </ul>
            {decision.decision === 'keep' && (
              <p className="text-soft">It goes with the first daily run that finds none of this true any more.</p>
            )}
          </>
        )}
      </div>
    </Card>
  );
}

/** A sentence of the service; times in it are shown as they are in the zone. */
function inZone(sentence: string, zone: string): string {
  return sentence.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => toTheMinute(new Date(time), zone));
}

function PinFacts({ snapshot: { pin, pinnedAt }, zone }: { snapshot: Snapshot; zone: string }) {
  if (pin === null) return null;
  return (
    <div className="border-l-2 border-accent pl-3">
      <p className="font-medium">{pin.reason ?? 'Pinned, and nobody said why.'}</p>
      <p className="text-soft">
        Pinned <Moment at={pinnedAt} zone={zone} />
        {pin.by !== null && (
          <>
            {' '}
            by <bdi>{pin.by}</bdi>
          </>
        )}
        ,{' '}
        {pin.expiresAt === null ? (
          'until somebody unpins it.'
        ) : (
          <>
            the pin ends <Moment at={pin.expiresAt} zone={zone} />.
          </>
        )}
      </p>
    </div>
  );
}
