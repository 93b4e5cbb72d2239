import { useVirtualizer } from '@tanstack/react-virtual';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import type { Snapshot } from '../../../sdk/typescript/index.js';
import { Failed } from '../../ui/failed.js';
import { inputLook } from '../../ui/field.js';
import { SnapshotRow } from './snapshot-row.js';
import { useSnapshots } from './use-snapshots.js';

interface SnapshotListProps {
  environmentId: string;
  zone: string;
  chosenId: string | undefined;
  standbyId: string | undefined;
  choose: (snapshot: Snapshot) => void;
}

const ROW_PX = 60;
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };

/** Snapshots to choose from: typed for, gone through by arrow keys, taken by Enter or a click. However many: only those in view are drawn. */
export function SnapshotList({ environmentId, zone, chosenId, standbyId, choose }: SnapshotListProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const { found, total, isLoading, error, more, again } = useSnapshots(environmentId, text);
  const [moved, setMoved] = useState<number>();
  const chosen = found.findIndex((snapshot) => snapshot.id === chosenId);
  const active = Math.min(moved ?? Math.max(chosen, 0), found.length - 1);
  const virtualizer = useVirtualizer({
    count: found.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
    getItemKey: (index) => found[index]?.id ?? index,
  });
  const press = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const at = found[active];
    if (event.key === 'Enter' && at !== undefined) {
      event.preventDefault();
      choose(at);
    }
    if (step === undefined || found.length === 0) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(found.length - 1, active + step));
    setMoved(next);
    virtualizer.scrollToIndex(next);
    if (next > found.length - 10) more();
  };
  const scrolled = () => {
    const { current } = box;
    if (current !== null && current.scrollHeight - current.scrollTop - current.clientHeight < 10 * ROW_PX) more();
  };
  if (error !== null && found.length === 0) return <Failed error={error} again={again} />;
  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={`${id}-text`} className="text-sm font-medium">
        By label or id
      </label>
      <input
        id={`${id}-text`}
        type="text"
        role="combobox"
        data-first-focus
        aria-expanded
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={found[active] === undefined ? undefined : `${id}-${active}`}
        autoComplete="off"
        spellCheck={false}
        placeholder="before 17.0"
        className={inputLook}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setMoved(0);
        }}
        onKeyDown={press}
      />
      <p role="status" className="numbers text-xs text-soft">
        {saidOf(found.length, total, text, isLoading)}
      </p>
      <div ref={box} onScroll={scrolled} className="max-h-[40dvh] overflow-y-auto rounded-small border">
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label="Snapshots, the newest first"
          className="relative"
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const snapshot = found[index];
            return (
              snapshot !== undefined && (
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- The field has the focus and hears the keys.
                <div
                  key={snapshot.id}
                  id={`${id}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={snapshot.id === chosenId}
                  aria-posinset={index + 1}
                  aria-setsize={found.length}
                  style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
                  onClick={() => choose(snapshot)}
                  onPointerMove={() => setMoved(index)}
                  className={`absolute inset-x-0 top-0 cursor-pointer border-b px-3 ${index === active ? 'bg-accent-soft' : ''}`}
                >
                  <SnapshotRow snapshot={snapshot} zone={zone} isStandby={snapshot.id === standbyId} />
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function saidOf(found: number, total: number | undefined, text: string, isLoading: boolean): string {
  if (isLoading && found === 0) return 'Looking…';
  if (text.trim() !== '')
    return found === 0 ? 'No completed snapshot is called that.' : `${found} found${isLoading ? ' so far' : ''}`;
  return `${total ?? found} completed, the newest first`;
}
