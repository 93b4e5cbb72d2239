import { Link } from '@tanstack/react-router';
import type { Snapshot } from '../../sdk/typescript/index.js';
import { Card } from '../ui/card.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { titleOf, type Where } from './naming.js';
import type { Neighbours } from './use-neighbours.js';

interface RelationsCardProps {
  snapshot: Snapshot;
  /** Undefined while it is not known yet. */
  base: Snapshot | undefined;
  neighbours: Neighbours | undefined;
  where: Where;
}

const SHOWN = 8;

/** What it was built on, what was built on it, and what came before. */
export function RelationsCard({ snapshot, base, neighbours, where }: RelationsCardProps) {
  const dependents = neighbours?.dependents ?? [];
  return (
    <Card title="Beside it">
      <div className="flex flex-col gap-4 text-sm">
        <section>
          <h3 className="text-sm">Base</h3>
          {snapshot.type === 'full' ? (
            <p className="text-soft">None: it is full, all of it was read.</p>
          ) : snapshot.baseSnapshotId === null ? (
            <p className="text-soft">Its base was deleted. It holds all it needs.</p>
          ) : (
            base !== undefined && <Earlier of={base} snapshot={snapshot} where={where} />
          )}
        </section>
        {neighbours?.previous && (
          <section>
            <h3 className="text-sm">The one before</h3>
            <Earlier of={neighbours.previous} snapshot={snapshot} where={where} />
          </section>
        )}
        {neighbours !== undefined && (
          <section>
            <h3 className="text-sm">Differentials on it</h3>
            {dependents.length === 0 ? (
              <p className="text-soft">
                {neighbours.mayBeMore ? 'None among the hundred that came after it.' : 'None.'}
              </p>
            ) : (
              <ul>
                {dependents.slice(-SHOWN).map((one) => (
                  <li key={one.id}>
                    <SnapshotLink of={one} where={where} />
                  </li>
                ))}
                {dependents.length > SHOWN && <li className="text-soft">and {dependents.length - SHOWN} more</li>}
              </ul>
            )}
          </section>
        )}
      </div>
    </Card>
  );
}

/** One that came before, and what has changed since. */
function Earlier({ of, snapshot, where }: { of: Snapshot; snapshot: Snapshot; where: Where }) {
  const { projectId, environmentId } = where;
  return (
    <>
      <SnapshotLink of={of} where={where} />
      <br />
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/compare"
        params={{ projectId, environmentId, snapshotId: of.id }}
        search={{ with: snapshot.id }}
        className={linkLook}
      >
        What has changed since
      </Link>
    </>
  );
}

export function SnapshotLink({ of, where }: { of: Snapshot; where: Where }) {
  const { projectId, environmentId, zone } = where;
  return (
    <span>
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
        params={{ projectId, environmentId, snapshotId: of.id }}
        className={linkLook}
      >
        <bdi>{titleOf(of, zone)}</bdi>
      </Link>{' '}
      <span className="text-soft">
        · <Moment at={of.createdAt} zone={zone} />
      </span>
    </span>
  );
}
