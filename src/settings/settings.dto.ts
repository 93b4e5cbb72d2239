import type { SnapshotSettings } from '../contract/generated/types.gen.js';
import type { SnapshotSettingsEntity } from './snapshot-settings.entity.js';

export function toSettingsDto(row: SnapshotSettingsEntity): SnapshotSettings {
  return {
    environmentId: row.environmentId,
    autoEnabled: row.autoEnabled,
    failurePolicy: row.failurePolicy,
    maxPinned: row.maxPinned,
    retentionDays: row.retentionDays,
    timeoutSeconds: row.timeoutSeconds,
    fullEveryDays: row.fullEveryDays,
    includeUnloggedTables: row.includeUnloggedTables,
    maxReadBytesPerSecond: row.maxReadBytesPerSecond,
    fileReferences: row.fileReferences,
    undoMinutes: row.undoMinutes,
    verify: row.verify,
    verifyRestored: row.verifyRestored,
    databaseProperties: row.databaseProperties,
    standby: row.standby,
    gateRequires: row.gateRequires,
    updatedAt: row.updatedAt.toISOString(),
  };
}
