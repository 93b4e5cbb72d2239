import type { EntityManager } from 'typeorm';
import type { RestorabilityState, SnapshotStatus, SnapshotTrigger } from '../contract/generated/types.gen.js';
import { newestFirstOrder } from '../database/newest-first.js';
import type { Page, PageQuery, Total } from '../database/page.js';
import { RowReader } from '../database/row-reader.js';
import { SnapshotEntity } from './snapshot.entity.js';

/** What a list is filtered by; whatever is undefined is not. */
export interface SnapshotFilter {
  status?: SnapshotStatus;
  trigger?: SnapshotTrigger;
  pinned?: boolean;
  restorability?: RestorabilityState;
}

export const SNAPSHOTS = new RowReader(SnapshotEntity);

/** The ids of a page ($2 at the most, behind $1 of them): from each group its newest in the order of an index, and of those the newest. */
const pageOf = (groups: string, isOfGroup: string) => `
  SELECT one.id FROM ${groups} CROSS JOIN LATERAL (
    SELECT s.id, s.created_at FROM snapshots s
     WHERE ${isOfGroup} AND ($3::timestamptz IS NULL OR (s.created_at, s.id) < ($3, $4::uuid))
     ORDER BY s.created_at DESC, s.id DESC LIMIT $1::bigint + $2) one
   ORDER BY one.created_at DESC, one.id DESC LIMIT $2::bigint OFFSET $1`;

/** Those of an environment that are counted together: a few dozen groups, however many snapshots. */
const AS_COUNTED = pageOf(
  `(SELECT * FROM snapshot_counts
     WHERE environment_id = ANY ($5) AND snapshots > 0 AND ($6::text IS NULL OR status = $6) AND ($7::text IS NULL OR trigger = $7)
       AND ($8::boolean IS NULL OR pinned = $8) AND ($9::text IS NULL OR restorability = $9)) c`,
  `s.environment_id = c.environment_id AND s.status = c.status AND s.trigger = c.trigger
       AND (s.pinned_at IS NOT NULL) = c.pinned AND coalesce(s.restorability, '') = c.restorability`,
);

/** One filter has an index of its own in each environment. */
const BY_ENVIRONMENT = pageOf(
  'unnest($5::uuid[]) AS place (id)',
  `s.environment_id = place.id AND ($6::text IS NULL OR s.status = $6) AND ($7::text IS NULL OR s.trigger = $7)
       AND ($8::boolean IS NULL OR (s.pinned_at IS NOT NULL) = $8) AND ($9::text IS NULL OR s.restorability = $9)`,
);

/**
 * A page of the snapshots of some environments. By several filters, of which each may fit many and all together nearly none, it is read from
 * those that are counted together. What it reads does not grow with the snapshots. Throws `validation-failed` for a cursor of another list.
 */
export async function newestOfGroups(
  manager: EntityManager,
  environmentIds: readonly string[],
  filter: SnapshotFilter,
  query: PageQuery,
  count: () => Promise<Total>,
): Promise<Page<SnapshotEntity>> {
  const bounds = newestFirstOrder.bounds(query);
  const { limit, offset, after } = bounds;
  const { status = null, trigger = null, pinned = null, restorability = null } = filter;
  const [at = null, id = null] = after ?? [];
  const isBySeveral = [status, trigger, pinned, restorability].filter((value) => value !== null).length > 1;
  const found = SNAPSHOTS.all(
    manager,
    `WHERE row.id IN (${isBySeveral ? AS_COUNTED : BY_ENVIRONMENT}) ORDER BY row.created_at DESC, row.id DESC`,
    [offset, limit + 1, at, id, environmentIds, status, trigger, pinned, restorability],
  );
  const [rows, total] = await Promise.all([found, count()]);
  return newestFirstOrder.page(rows, total, bounds);
}
