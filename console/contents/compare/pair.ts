import type { Snapshot } from '../../../sdk/typescript/index.js';
import { takenAt } from '../../rollback/choice/taken-by.js';
import { duration, toTheMinute } from '../../ui/amounts.js';
import { isolated } from '../../ui/isolated.js';

type Named = Pick<Snapshot, 'id' | 'label' | 'startedAt' | 'createdAt'>;

/** What an address says of a comparison behind the question mark. */
export interface CompareSearch {
  with?: string;
  /** Which environment the other snapshot is of; left out where it is the same one. */
  environment?: string;
  part?: string;
}

/** A snapshot within a sentence, with its time: `‘before 17.0’ of 30 Nov 2026, 09:12`. */
export function snapshotAt(snapshot: Named, zone: string): string {
  const time = toTheMinute(new Date(takenAt(snapshot)), zone);
  return snapshot.label === null ? `the snapshot of ${time}` : `‘${isolated(snapshot.label)}’ of ${time}`;
}

/** Which way round two snapshots are compared, in words. */
export function wayRound(from: Named, to: Named, zone: string): string {
  if (from.id === to.id) return `${sentence(snapshotAt(from, zone))}, compared with itself.`;
  return `From ${snapshotAt(from, zone)} to ${snapshotAt(to, zone)}, ${apart(from, to)}.`;
}

function apart(from: Named, to: Named): string {
  const ms = Date.parse(takenAt(to)) - Date.parse(takenAt(from));
  if (ms >= 0) return `${duration(ms)} later`;
  return `${duration(-ms)} earlier: what was made in between counts as removed`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The same comparison the other way round, as an address has it; the snapshots change their places. */
export function turned(from: Pick<Snapshot, 'id' | 'environmentId'>, to: Pick<Snapshot, 'id' | 'environmentId'>) {
  return { snapshotId: to.id, environmentId: to.environmentId, search: searchOf(to, from) };
}

/** What stands behind the question mark for a comparison from one snapshot to another one. */
export function searchOf(
  from: Pick<Snapshot, 'environmentId'>,
  to: Pick<Snapshot, 'id' | 'environmentId'>,
): CompareSearch {
  return { with: to.id, ...(to.environmentId !== from.environmentId && { environment: to.environmentId }) };
}
