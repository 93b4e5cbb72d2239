import type { Snapshot, SnapshotTrigger } from '../../../sdk/typescript/index.js';
import { relative } from '../../ui/amounts.js';
import { isolated } from '../../ui/isolated.js';
import { takenAt } from './taken-by.js';

const UNNAMED: Record<SnapshotTrigger, string> = {
  manual: 'a manual snapshot',
  pre_deploy: 'a snapshot from before a deployment',
  scheduled: 'a scheduled snapshot',
  safety: 'a safety snapshot',
};

/** What people call a snapshot: its label, or else what it was taken for. */
export function snapshotName({ label, trigger }: Pick<Snapshot, 'label' | 'trigger'>): string {
  return label === null ? UNNAMED[trigger] : `‘${isolated(label)}’`;
}

/** The same within a sentence, with its age: `‘before 17.0’ of 3 hours ago`. */
export function snapshotOf(snapshot: Snapshot, now: number): string {
  return `${snapshotName(snapshot)} of ${relative(new Date(takenAt(snapshot)), new Date(now))}`;
}
