import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Environment } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { Becomes } from '../rollback/watch/what-it-was.js';
import { useMay } from '../session/use-access.js';
import { linkLook } from '../ui/link.js';
import { ShortId } from '../ui/short-id.js';

/** The first rollback of an environment is found among so many; of one with more of them the id is said. */
const MOST_LOOKED_AT = 100;

interface MadeFromProps {
  environmentId: string;
  of: NonNullable<Environment['provisionedFrom']>;
  zone: string;
}

/** Of an environment that Snapback has made: of what, and by which rollback it was filled. */
export function MadeFrom({ environmentId, of: { snapshotId, deploymentId }, zone }: MadeFromProps) {
  const log = useFilling(environmentId, deploymentId);
  return (
    <p className="text-sm text-soft">
      Made from{' '}
      {log?.snapshotId == null ? (
        <>
          snapshot <ShortId id={snapshotId} />
        </>
      ) : (
        <Becomes log={log} zone={zone} />
      )}
      {deploymentId !== null && (
        <>
          {' '}
          (
          <Link to="/rollbacks/$deploymentId" params={{ deploymentId }} className={linkLook}>
            the rollback that filled it
          </Link>
          )
        </>
      )}
      .
    </p>
  );
}

function useFilling(environmentId: string, deploymentId: string | null) {
  const may = useMay('rollbacks:read');
  return useQuery({
    queryKey: ['filling', deploymentId],
    enabled: may && deploymentId !== null,
    // Which snapshot it was does not change.
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const { items } = await snapback.rollbacks.list(environmentId, { pageSize: MOST_LOOKED_AT, signal }).first();
      return items.find((log) => log.deploymentId === deploymentId) ?? null;
    },
  }).data;
}
