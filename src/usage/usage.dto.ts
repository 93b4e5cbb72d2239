import type { UsageDay } from '../contract/generated/types.gen.js';
import type { UsageDayEntity } from './usage-day.entity.js';

export function toUsageDayDto(row: UsageDayEntity): UsageDay {
  const mean = (sum: string) => (row.looks === 0 ? 0 : Math.round(Number(sum) / row.looks));
  return {
    day: row.day,
    projectId: row.projectId,
    projectName: row.projectName,
    logicalBytes: mean(row.logicalSum),
    storedBytes: mean(row.storedSum),
    addedBytes: row.addedBytes,
    snapshotCount: row.snapshots,
    lookCount: row.looks,
  };
}
