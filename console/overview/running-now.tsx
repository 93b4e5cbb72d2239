import { Link } from '@tanstack/react-router';
import { useRunningProgress } from '../api/use-running-progress.js';
import { Card } from '../ui/card.js';
import { linkLook } from '../ui/link.js';
import type { KnownEnvironments } from './known-environments.js';
import { RunningOperation } from './running-operation.js';
import { useOperations } from './use-operations.js';

const SHOWN = 6;
/**
 * Each stream takes a connection, of which a browser has six to a service in all of its tabs together. The others are looked at now and
 * then.
 */
const STREAMED = 2;

/** What is at work, with how far it is. Nothing when nothing is. */
export function RunningNow({ known }: { known: KnownEnvironments }) {
  const running = useOperations('running');
  const queued = useOperations('queued');
  const items = running?.items.slice(0, SHOWN) ?? [];
  const waiting = queued?.total ?? 0;
  const seen = useRunningProgress(items.slice(STREAMED));
  if (items.length === 0 && waiting === 0) return null;
  const more = (running?.total ?? 0) - items.length;
  return (
    <Card
      title="Running now"
      aside={
        waiting > 0 && (
          <Link to="/operations" search={{ state: 'queued' }} className={`${linkLook} text-sm`}>
            {waiting === 1 ? 'One waits' : `${waiting} wait`} for a worker
          </Link>
        )
      }
    >
      {items.length === 0 && <p className="text-sm text-soft">Nothing has begun yet.</p>}
      <ul className="flex flex-col gap-4">
        {items.map((operation, index) => (
          <RunningOperation
            key={operation.id}
            of={operation}
            known={known}
            isStreamed={index < STREAMED}
            seen={seen.get(operation.id)}
          />
        ))}
      </ul>
      {more > 0 && (
        <p className="mt-4 text-sm">
          <Link to="/operations" search={{ state: 'running' }} className={linkLook}>
            {more === 1 ? 'One more is running' : `${more} more are running`}
          </Link>
        </p>
      )}
    </Card>
  );
}
