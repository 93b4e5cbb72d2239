import { useQuery } from '@tanstack/react-query';
import {
  deploymentListOptions,
  snapshotListOptions,
} from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Deployment, Snapshot } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import { takenAt } from '../choice/taken-by.js';

const MOST = 100;

export interface Since<T> {
  /** The newest first; at most 100. */
  items: readonly T[];
  /** Whether there are more than these. */
  isMore: boolean;
}

/** What has happened in an environment since a snapshot was taken: deployments with rollbacks, and completed snapshots. Undefined: not known, or not to be seen. */
export function useSince(environmentId: string, snapshot: Snapshot) {
  const since = Date.parse(takenAt(snapshot));
  const path = { environmentId };
  const deployments = useQuery(deploymentListOptions({ client, path, query: { limit: MOST } })).data;
  const snapshots = useQuery(snapshotListOptions({ client, path, query: { limit: MOST, status: 'completed' } })).data;
  return {
    deployments: deployments && whichAre<Deployment>(deployments, (each) => isTakenBack(each, snapshot.id, since)),
    snapshots: snapshots && whichAre<Snapshot>(snapshots, (each) => Date.parse(takenAt(each)) > since),
  };
}

/** Also the one that it was taken for: that was announced before. */
function isTakenBack({ kind, snapshotId, createdAt }: Deployment, takenForId: string, since: number): boolean {
  return Date.parse(createdAt) > since || (kind === 'deploy' && snapshotId === takenForId);
}

function whichAre<T>(
  { items, nextCursor }: { items: readonly T[]; nextCursor: string | null },
  isSince: (item: T) => boolean,
): Since<T> {
  const found = items.filter(isSince);
  return { items: found, isMore: found.length === items.length && nextCursor !== null };
}
