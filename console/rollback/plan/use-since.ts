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

/** What has happened in an environment since a moment: deployments with rollbacks, and completed snapshots. Undefined: not known, or not to be seen. */
export function useSince(environmentId: string, since: string) {
  const path = { environmentId };
  const deployments = useQuery(deploymentListOptions({ client, path, query: { limit: MOST } })).data;
  const snapshots = useQuery(snapshotListOptions({ client, path, query: { limit: MOST, status: 'completed' } })).data;
  return {
    deployments: deployments && newer<Deployment>(deployments, since, ({ createdAt }) => createdAt),
    snapshots: snapshots && newer<Snapshot>(snapshots, since, takenAt),
  };
}

function newer<T>(
  { items, nextCursor }: { items: readonly T[]; nextCursor: string | null },
  since: string,
  at: (item: T) => string,
): Since<T> {
  const found = items.filter((item) => Date.parse(at(item)) > Date.parse(since));
  return { items: found, isMore: found.length === items.length && nextCursor !== null };
}
