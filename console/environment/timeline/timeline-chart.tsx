import { useRouter } from '@tanstack/react-router';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { RetentionDecision } from '../../../sdk/typescript/index.js';
import { Horizon } from './horizon.js';
import { MarkLink } from './mark-link.js';
import { MarkTooltip } from './mark-tooltip.js';
import { neighbour, type BundleMark, type Mark, type PlaceOf, type Span } from './marks.js';
import { AXIS_Y, GUTTER, HEIGHT, LANE_Y, RIGHT, scaleOf, ticksOf, type Scale } from './scale.js';
import { LANE_NAMES, spokenOf } from './words.js';

interface TimelineChartProps {
  /** As they are drawn. */
  marks: readonly Mark[];
  span: Span;
  width: number;
  zone: string;
  /** Before it, age keeps nothing; null: age alone keeps nothing anyway. */
  horizon: { at: number; days: number } | null;
  /** What goes at the next run, by the snapshots' ids. */
  due: ReadonlyMap<string, RetentionDecision>;
  placeOf: PlaceOf;
  hrefOf: (mark: Mark) => string | undefined;
  onZoom: (bundle: BundleMark) => void;
}

export function TimelineChart({ marks, span, width, zone, horizon, due, placeOf, hrefOf, onZoom }: TimelineChartProps) {
  const { history } = useRouter();
  const box = useRef<HTMLDivElement>(null);
  const [activeKey, setActive] = useState<string>();
  const [entryKey, setEntry] = useState<string>();
  const scale = useMemo(() => scaleOf(span, width), [span, width]);
  const bars = useMemo(() => barsOf(marks, scale), [marks, scale]);
  const entry = marks.some(({ key }) => key === entryKey) ? entryKey : marks.at(-1)?.key;
  const active = marks.find(({ key }) => key === activeKey);
  const move = (mark: Mark) => (event: KeyboardEvent) => {
    const next = neighbour(marks, mark, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setEntry(next.key);
    box.current?.querySelector<SVGElement>(`[data-mark="${CSS.escape(next.key)}"]`)?.focus();
  };
  const open = (mark: Mark) => {
    const href = hrefOf(mark);
    if (mark.kind === 'bundle') onZoom(mark);
    else if (href !== undefined) history.push(href);
  };
  return (
    <div ref={box} className="relative">
      <svg
        width={width}
        height={HEIGHT}
        role="group"
        aria-label="Timeline. Arrow keys go from mark to mark, Enter opens one."
        className="block select-none"
      >
        {horizon !== null && <Horizon {...horizon} scale={scale} />}
        <Grid scale={scale} zone={zone} />
        {active !== undefined && <Relation of={active} scale={scale} placeOf={placeOf} />}
        {marks.map((mark) => (
          <MarkLink
            key={mark.key}
            mark={mark}
            x={scale.x(mark.at)}
            href={hrefOf(mark)}
            spoken={spokenOf(mark, zone)}
            isEntry={mark.key === entry}
            isActive={mark.key === activeKey}
            isDue={due.has(mark.key)}
            {...(bars.get(mark.lane) ?? NO_BARS)}
            onActive={(isActive) => setActive(isActive ? mark.key : undefined)}
            onOpen={() => open(mark)}
            onKey={move(mark)}
          />
        ))}
      </svg>
      {active !== undefined && (
        <MarkTooltip
          mark={active}
          x={scale.x(active.at)}
          width={width}
          zone={zone}
          due={due.get(active.key)}
          placeOf={placeOf}
        />
      )}
    </div>
  );
}

const NO_BARS = { highest: 1, barWidth: 0 };
const MOST_BAR_PX = 24;

/** How high and wide the bars of each lane are: bundles of a lane are of equal length. */
function barsOf(marks: readonly Mark[], { x }: Scale): Map<Mark['lane'], typeof NO_BARS> {
  const byLane = Map.groupBy(
    marks.filter((mark) => mark.kind === 'bundle'),
    ({ lane }) => lane,
  );
  return new Map(
    [...byLane].map(([lane, bundles]) => {
      const [first] = bundles;
      const room = first === undefined ? 0 : x(first.to) - x(first.from) - 2;
      const barWidth = Math.min(MOST_BAR_PX, Math.max(3, room));
      return [lane, { highest: Math.max(...bundles.map(({ count }) => count)), barWidth }];
    }),
  );
}

function Grid({ scale, zone }: { scale: Scale; zone: string }) {
  return (
    <g aria-hidden>
      {Object.entries(LANE_Y).map(([lane, y]) => (
        <g key={lane}>
          <path d={`M${GUTTER} ${y}H${scale.width - RIGHT}`} className="stroke-line" />
          <text x={0} y={y + 4} className="fill-soft text-xs">
            {LANE_NAMES[lane as keyof typeof LANE_Y]}
          </text>
        </g>
      ))}
      <path d={`M${GUTTER} ${AXIS_Y}H${scale.width - RIGHT}`} className="stroke-edge" />
      {ticksOf(scale, zone).map(({ at, label }) => (
        <g key={at}>
          <path d={`M${scale.x(at)} ${AXIS_Y}v5`} className="stroke-edge" />
          <text
            x={scale.x(at)}
            y={AXIS_Y + 20}
            textAnchor={scale.x(at) > scale.width - 36 ? 'end' : 'middle'}
            className="numbers fill-soft text-xs"
          >
            {label}
          </text>
        </g>
      ))}
    </g>
  );
}

/** From a differential to its base, from a deployment to its snapshot, from a rollback to what it brought back. */
function Relation({ of: mark, scale, placeOf }: { of: Mark; scale: Scale; placeOf: PlaceOf }) {
  if (mark.kind === 'bundle') return null;
  const id = mark.kind === 'snapshot' ? mark.snapshot.baseSnapshotId : mark.deployment.snapshotId;
  const place = id === null ? undefined : placeOf(id);
  if (id === null || place === undefined) return null;
  const from = { x: scale.x(mark.at), y: LANE_Y[mark.lane] };
  const to = { x: Math.max(GUTTER, scale.x(place.at)), y: LANE_Y[place.lane] };
  return (
    <path
      aria-hidden
      d={`M${from.x} ${from.y}C${from.x} ${(from.y + to.y) / 2} ${to.x} ${(from.y + to.y) / 2} ${to.x} ${to.y}`}
      strokeWidth={1.5}
      className="fill-none stroke-accent"
      data-relation={id}
    />
  );
}
