import { PAGE_LIMIT } from '../../api/pages.js';
import { client } from '../../api/snapback.js';
import type { SnapshotIds } from '../contents-page.js';

/** The first snapshot, and the other one with its environment. */
export interface Sides extends SnapshotIds {
  with: string;
  withEnvironmentId: string;
}

/** What a list of changes asks for. */
export function askedOf({ environmentId, snapshotId, with: other }: Sides) {
  return { client, path: { environmentId, snapshotId }, query: { with: other, limit: PAGE_LIMIT } };
}

/** How its pages come: each names the other snapshot. What is told of two snapshots does not change. */
export function pagesOf(sides: Sides) {
  const { path, query } = askedOf(sides);
  return {
    initialPageParam: { path, query },
    getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) =>
      nextCursor === null ? undefined : { path, query: { ...query, cursor: nextCursor } },
    staleTime: Infinity,
  };
}
