import type {
  RetentionDecision as RetentionDecisionDto,
  RetentionPlan,
  SnapshotDeletion,
} from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import type { SnapshotDeletionEntity } from '../snapshots/deletion/snapshot-deletion.entity.js';
import type { RetentionDecision } from './decide-retention.js';
import type { RetentionOutlook } from './retention.service.js';

export function toRetentionPlanDto(outlook: RetentionOutlook): RetentionPlan {
  return {
    ...mapPage(outlook.page, toDecisionDto),
    retentionDays: outlook.retentionDays,
    evaluatedAt: outlook.evaluatedAt.toISOString(),
    recentDeletions: outlook.recentDeletions.map(toDeletionDto),
  };
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
