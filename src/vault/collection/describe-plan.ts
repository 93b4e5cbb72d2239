import { formatBytes } from './format-bytes.js';
import type { CollectionPlan } from './plan-collection.js';

/** The plan for people: a line for each pack that was looked at and each manifest that goes, and what it comes to. */
export function* describePlan(plan: CollectionPlan): Generator<string> {
  const counts = { keep: plan.others, rewrite: 0, delete: 0 };
  for (const { id, action, bytes, reason } of plan.packs) {
    counts[action] += 1;
    yield `${action.padEnd(7)} pack ${id.toString('hex')}  ${formatBytes(bytes)}  ${reason}`;
  }
  for (const { objectKey, action, reason } of plan.manifests)
    yield `${action.padEnd(7)} manifest ${objectKey}  ${reason}`;
  yield `${counts.keep} packs stay, ${counts.rewrite} are rewritten, ${counts.delete} are deleted; ${formatBytes(plan.reclaimableBytes)} come free.`;
}
