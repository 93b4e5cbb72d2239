import type {
  RetentionDecision as RetentionDecisionDto,
  RetentionPlan,
  RetentionPolicy as RetentionPolicyDto,
  SnapshotDeletion,
} from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import type { SnapshotDeletionEntity } from '../snapshots/deletion/snapshot-deletion.entity.js';
import type { RetentionDecision } from './decide-retention.js';
import type { RetentionPolicy } from './retention-policy.js';
import type { RetentionOutlook } from './retention.service.js';

export function toRetentionPlanDto(outlook: RetentionOutlook): RetentionPlan {
  return {
    ...mapPage(outlook.page, toDecisionDto),
    retentionDays: outlook.policy.retentionDays,
    policy: toPolicyDto(outlook.policy),
    evaluatedAt: outlook.evaluatedAt.toISOString(),
    nextRunAt: outlook.nextRunAt.toISOString(),
    nextDeletions: outlook.nextDeletions.map(toDecisionDto),
    forecast: outlook.forecast && { ...outlook.forecast, at: outlook.evaluatedAt.toISOString() },
    recentDeletions: outlook.recentDeletions.map(toDeletionDto),
  };
}

function toPolicyDto(policy: RetentionPolicy): RetentionPolicyDto {
  const { timeZone, retentionDays, keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly } = policy;
  return { timeZone, retentionDays, keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly };
}

function toDecisionDto(decision: RetentionDecision): RetentionDecisionDto {
  return { ...decision, createdAt: decision.createdAt.toISOString() };
}

function toDeletionDto(row: SnapshotDeletionEntity): SnapshotDeletion {
  return {
    snapshotId: row.snapshotId,
    createdAt: row.createdAt.toISOString(),
    deletedAt: row.deletedAt.toISOString(),
    deletedBy: row.deletedBy,
    reason: row.reason,
  };
}
