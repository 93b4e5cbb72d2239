import { useQuery } from '@tanstack/react-query';
import {
  snapshotListOptions,
  snapshotViewOptions,
} from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Snapshot } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import type { SnapshotIds } from '../contents-page.js';
import type { CompareSearch } from './pair.js';

export interface Other {
  /** Null: there is no other one; undefined while that is not known. */
  id: string | null | undefined;
  /** What is known of it: nothing when it is not of the environment that it is looked for in. */
  snapshot: Snapshot | undefined;
  isPending: boolean;
  error: unknown;
  again: () => void;
}

/** What a snapshot is compared with: what the address says, or else the newest completed one of the environment that is another one. */
export function useOther({ environmentId, snapshotId }: SnapshotIds, search: CompareSearch): Other {
  const { with: withId, environment = environmentId } = search;
  const newest = useQuery({
    ...snapshotListOptions({ client, path: { environmentId }, query: { status: 'completed', limit: 2 } }),
    enabled: withId === undefined,
  });
  const named = useQuery({
    ...snapshotViewOptions({ client, path: { environmentId: environment, snapshotId: withId ?? '' } }),
    enabled: withId !== undefined,
  });
  if (withId !== undefined)
    return {
      id: withId,
      snapshot: named.data,
      isPending: named.isPending,
      // Whether there is such a one in the project, the comparison says.
      error: null,
      again: () => void named.refetch(),
    };
  const found = newest.data?.items.find(({ id }) => id !== snapshotId);
  return {
    id: newest.data === undefined ? undefined : (found?.id ?? null),
    snapshot: found,
    isPending: newest.isPending,
    error: newest.error,
    again: () => void newest.refetch(),
  };
}
