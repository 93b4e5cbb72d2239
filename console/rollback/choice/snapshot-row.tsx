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
    <div className="flex h-full min-w-0 flex-col justify-center gap-0.5">
      <div className="flex items-center justify-between gap-2">
        <p className="truncate text-sm font-medium" title={label ?? undefined}>
          {label === null ? <span className="font-normal text-soft">no label</span> : <bdi>{label}</bdi>}
        </p>
        <div className="flex shrink-0 gap-1">
          {isStandby && <Badge tone="good">in a second</Badge>}
          {pinned && <Badge>pinned</Badge>}
          {restorability !== null && (
            <Badge tone={RESTORABILITY[restorability.state].tone}>{RESTORABILITY[restorability.state].text}</Badge>
          )}
        </div>
      </div>
      <p className="numbers truncate text-xs text-soft" title={exact(taken, zone)}>
        {relative(taken, new Date(now))} · {TRIGGER[trigger]} · {type} · {id.slice(0, 8)}
      </p>
    </div>
  );
}
