import type { ProjectSummary, SnapshotState } from '../../vault/check/finding.js';
import type { RestorabilityEvent } from './restorability.js';

export interface LearnedOfSnapshot {
  snapshotId: string;
  event: RestorabilityEvent;
}

/**
 * What a check of the vault says of snapshots. Only one that has read every byte takes something back, and one that could not tell says
 * nothing.
 */
export function learnedFromCheck(summary: ProjectSummary): LearnedOfSnapshot[] {
  if (summary.inconclusive) return [];
  const readAll = summary.packsRead === summary.packs && summary.contentsUnread === 0;
  return summary.snapshots.flatMap((snapshot) => {
    const event = eventOf(snapshot, readAll);
    return event === undefined ? [] : [{ snapshotId: snapshot.snapshotId, event }];
  });
}

function eventOf({ state, reasons }: SnapshotState, readAll: boolean): RestorabilityEvent | undefined {
  if (state === 'whole') return readAll ? { event: 'vault-whole' } : undefined;
  const finding = { code: 'snapshot-damaged', message: reasons.join(' '), blocking: true };
  return { event: 'vault-damaged', findings: [finding] };
}
