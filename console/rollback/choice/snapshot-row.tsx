import type { Snapshot } from '../../../sdk/typescript/index.js';
import { exact, relative } from '../../ui/amounts.js';
import { Badge } from '../../ui/badge.js';
import { useNow } from '../../ui/moment.js';
import { RESTORABILITY, TRIGGER } from '../../ui/words.js';
import { takenAt } from './taken-by.js';

/** A snapshot to choose. Nothing in it can be focused: the whole of it is what is chosen. */
export function SnapshotRow({ snapshot, zone, isStandby }: { snapshot: Snapshot; zone: string; isStandby: boolean }) {
  const now = useNow();
  const { id, label, trigger, type, restorability, pinned } = snapshot;
  const taken = new Date(takenAt(snapshot));
  return (
    <div className="flex h-full items-center justify-between gap-3">
      <div className="min-w-0">
        <p className="truncate text-sm font-medium" title={label ?? undefined}>
          {label ?? <span className="font-normal text-soft">no label</span>}
        </p>
        <p className="numbers truncate text-xs text-soft" title={exact(taken, zone)}>
          {relative(taken, new Date(now))} · {TRIGGER[trigger]} · {type} · {id.slice(0, 8)}
        </p>
      </div>
      <div className="flex shrink-0 flex-wrap justify-end gap-1">
        {isStandby && <Badge tone="good">in a second</Badge>}
        {pinned && <Badge>pinned</Badge>}
        {restorability !== null && (
          <Badge tone={RESTORABILITY[restorability.state].tone}>{RESTORABILITY[restorability.state].text}</Badge>
        )}
      </div>
    </div>
  );
}
