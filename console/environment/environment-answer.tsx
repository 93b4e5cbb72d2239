import { useQuery } from '@tanstack/react-query';
import { snapshotListOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { EnvironmentProtection } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { duration } from '../ui/amounts.js';
import { Moment } from '../ui/moment.js';
import { useMay } from '../session/use-access.js';
import { useZone } from './use-environment.js';

interface EnvironmentAnswerProps {
  environmentId: string;
  /** Undefined until it is known, and for who may not see it. */
  protection: EnvironmentProtection | undefined;
}

/** How far back one would go, how sure that is, and how long it would take. */
export function EnvironmentAnswer({ environmentId, protection }: EnvironmentAnswerProps) {
  const zone = useZone(environmentId);
  const enabled = useMay('snapshots:read');
  const newest = (query: { restorability?: 'proven'; status?: 'completed' }) => ({
    ...snapshotListOptions({ client, path: { environmentId }, query: { ...query, limit: 1 } }),
    enabled,
    refetchInterval: LIST_REFRESH_MS,
  });
  const proven = useQuery(newest({ restorability: 'proven' })).data?.items[0];
  const taken = useQuery(newest({ status: 'completed' })).data;
  if (taken === undefined) return null;
  const [last] = taken.items;
  if (last === undefined) return 'There is no snapshot to go back to yet.';
  const seconds = protection?.expectedRollbackSeconds;
  return (
    <>
      {proven === undefined ? (
        <>
          No snapshot has been proven yet; the newest was taken <Moment at={last.createdAt} zone={zone} />.
        </>
      ) : (
        <>
          The newest proven snapshot was taken <Moment at={proven.createdAt} zone={zone} />
          {last.id !== proven.id && (
            <>
              , the newest of all <Moment at={last.createdAt} zone={zone} />
            </>
          )}
          .
        </>
      )}
      {typeof seconds === 'number' &&
        ` Rolling back to the newest would take about ${duration(seconds * 1000)}${protection?.standby.state === 'ready' ? ': a standby is ready' : ''}.`}
    </>
  );
}
