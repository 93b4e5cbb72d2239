import type { KeyboardEvent } from 'react';
import type { Mark } from './marks.js';
import { BundleShape, ChangeShape, PinShape, SnapshotShape, StemShape } from './mark-shape.js';
import { LANE_Y } from './scale.js';

const RADIUS = { full: 8, differential: 4 } as const;

interface MarkLinkProps {
  mark: Mark;
  x: number;
  /** Where it leads; undefined: nowhere, or closer to a bundle. */
  href: string | undefined;
  spoken: string;
  /** Whether the tab key gets to it. */
  isEntry: boolean;
  isActive: boolean;
  isDue: boolean;
  highest: number;
  barWidth: number;
  onActive: (isActive: boolean) => void;
  onOpen: () => void;
  onKey: (event: KeyboardEvent) => void;
}

/** One mark of the timeline, as a link: it can be opened in a new tab as any other. */
export function MarkLink({
  mark,
  x,
  href,
  spoken,
  isEntry,
  isActive,
  onActive,
  onOpen,
  onKey,
  ...drawn
}: MarkLinkProps) {
  const y = LANE_Y[mark.lane];
  // What is pointed at: as much as lies between it and the next one.
  const half = mark.kind === 'bundle' ? drawn.barWidth / 2 : mark.lane === 'differential' ? 4.5 : 9;
  const parts = {
    'data-mark': mark.key,
    'aria-label': spoken,
    tabIndex: isEntry ? 0 : -1,
    className: 'cursor-pointer outline-none',
    onPointerEnter: () => onActive(true),
    onPointerLeave: () => onActive(false),
    onFocus: () => onActive(true),
    onBlur: () => onActive(false),
  };
  const shape = (
    <>
      <rect x={x - half} y={y - 18} width={2 * half} height={36} className="fill-transparent" />
      {isActive && mark.kind === 'bundle' && (
        <rect
          x={x - half - 2}
          y={y - 21}
          width={2 * half + 4}
          height={42}
          rx={3}
          strokeWidth={2}
          className="fill-accent-soft stroke-accent"
        />
      )}
      {isActive && mark.kind !== 'bundle' && (
        <circle cx={x} cy={y} r={14} strokeWidth={2} className="fill-accent-soft stroke-accent" />
      )}
      <Shape mark={mark} x={x} y={y} {...drawn} />
    </>
  );
  if (href === undefined)
    return (
      <g
        role={mark.kind === 'bundle' ? 'button' : 'img'}
        {...parts}
        onClick={onOpen}
        onKeyDown={(event) =>
          event.key === 'Enter' || event.key === ' ' ? (event.preventDefault(), onOpen()) : onKey(event)
        }
      >
        {shape}
      </g>
    );
  return (
    <a
      href={href}
      {...parts}
      onKeyDown={onKey}
      onClick={(event) => {
        // With a key held it is the browser's: a new tab.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen();
      }}
    >
      {shape}
    </a>
  );
}

function Shape({
  mark,
  x,
  y,
  isDue,
  highest,
  barWidth,
}: { mark: Mark; x: number; y: number } & Pick<MarkLinkProps, 'isDue' | 'highest' | 'barWidth'>) {
  if (mark.kind === 'change') return <ChangeShape of={mark.deployment} x={x} y={y} />;
  if (mark.kind === 'bundle')
    return (
      <>
        <BundleShape of={mark} x={x} y={y} width={barWidth} highest={highest} />
        {mark.pinnedCount > 0 && <PinShape x={x} y={y - 17} />}
      </>
    );
  const r = RADIUS[mark.snapshot.type];
  return (
    <>
      {isDue && (
        <circle
          cx={x}
          cy={y}
          r={r + 4}
          strokeDasharray="2 2"
          strokeWidth={1.5}
          className="fill-transparent stroke-edge"
        />
      )}
      <SnapshotShape look={mark.look} x={x} y={y} r={r} />
      {mark.snapshot.trigger !== 'scheduled' && <StemShape x={x} y={y + r} />}
      {mark.snapshot.pinned && <PinShape x={x} y={y - r} />}
    </>
  );
}
