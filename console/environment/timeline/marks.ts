import type { Deployment, Snapshot } from '../../../sdk/typescript/index.js';

/** On which line of the timeline something stands. */
export type Lane = 'full' | 'differential' | 'deploy' | 'rollback';

/** How a snapshot is drawn: what is known of whether it comes back, or how it ended otherwise. */
export type Look = 'proven' | 'expected' | 'doubtful' | 'refuted' | 'running' | 'failed' | 'cancelled';

interface Placed {
  key: string;
  lane: Lane;
  /** Milliseconds since 1970. */
  at: number;
}

export interface SnapshotMark extends Placed {
  kind: 'snapshot';
  snapshot: Snapshot;
  look: Look;
}

export interface ChangeMark extends Placed {
  kind: 'change';
  deployment: Deployment;
}

/** Where marks would cover one another: how many there are of each look, from one time up to another. */
export interface BundleMark extends Placed {
  kind: 'bundle';
  from: number;
  to: number;
  looks: ReadonlyMap<Look, number>;
  count: number;
  pinnedCount: number;
}

export type Mark = SnapshotMark | ChangeMark | BundleMark;

export const LANES: readonly Lane[] = ['full', 'differential', 'deploy', 'rollback'];
/** From the best to the worst; a bundle is drawn in this order, from below. */
export const LOOKS: readonly Look[] = ['proven', 'expected', 'running', 'cancelled', 'doubtful', 'refuted', 'failed'];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A bundle has the room of so many marks at least. */
const BAR_MARKS = 2;
/** So long may a bundle be: what people count in. */
const STEPS = [1, 2, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760].map((hours) => hours * HOUR_MS);

export function lookOf({ status, restorability }: Snapshot): Look {
  if (status === 'queued' || status === 'running') return 'running';
  if (status === 'failed' || status === 'cancelled') return status;
  return restorability?.state ?? 'expected';
}

export function marksOf(snapshots: readonly Snapshot[], deployments: readonly Deployment[]): Mark[] {
  return [
    ...snapshots.map((snapshot): Mark => {
      const { id, type, createdAt } = snapshot;
      return { kind: 'snapshot', key: id, lane: type, at: Date.parse(createdAt), snapshot, look: lookOf(snapshot) };
    }),
    ...deployments.map((deployment): Mark => {
      const { id, kind, createdAt } = deployment;
      return { kind: 'change', key: id, lane: kind, at: Date.parse(createdAt), deployment };
    }),
  ];
}

export interface Span {
  from: number;
  to: number;
}

/** Where a snapshot stands, whether or not it is drawn; undefined: further back than is known. */
export type PlaceOf = (snapshotId: string) => { at: number; lane: Lane } | undefined;

export interface Room {
  span: Span;
  /** How many marks fit side by side on a lane. */
  most: number;
}

/**
 * What is drawn of them within a span of time, earliest first: snapshots of a lane on which more stand than fit become bundles of equal
 * length, which begin with a day (UTC) where they are as long. What changed an environment is always drawn by itself.
 */
export function arrange(marks: readonly Mark[], { span, most }: Room): Mark[] {
  const within = marks.filter(({ at }) => at >= span.from && at <= span.to);
  const byLane = Map.groupBy(within, ({ lane }) => lane);
  return LANES.flatMap((lane) => {
    const ofLane = byLane.get(lane) ?? [];
    const snapshots = ofLane.filter((mark) => mark.kind === 'snapshot');
    // A full one is drawn twice as large.
    const room = lane === 'full' ? most / 2 : most;
    return snapshots.length <= room ? ofLane : bundled(lane, snapshots, stepFor(span, room));
  }).toSorted((one, other) => one.at - other.at);
}

function stepFor({ from, to }: Span, most: number): number {
  return STEPS.find((step) => ((to - from) / step) * BAR_MARKS <= most) ?? DAY_MS * 3650;
}

function bundled(lane: Lane, marks: readonly SnapshotMark[], step: number): Mark[] {
  const groups = Map.groupBy(marks, ({ at }) => Math.floor(at / step));
  return [...groups].map(([index, group]) => {
    const looks = new Map(
      LOOKS.map((look): [Look, number] => [look, group.filter((mark) => mark.look === look).length]),
    );
    const from = index * step;
    const pinnedCount = group.filter(({ snapshot }) => snapshot.pinned).length;
    const times = { from, to: from + step, at: from + step / 2 };
    return { kind: 'bundle', key: `${lane}-${from}`, lane, ...times, looks, count: group.length, pinnedCount };
  });
}

/** The mark that the keyboard gets to from another one: along its lane by time, or on the nearest lane beyond it that has any. */
export function neighbour(marks: readonly Mark[], mark: Mark, key: string): Mark | undefined {
  const lane = marks.filter((one) => one.lane === mark.lane);
  const index = lane.findIndex((one) => one.key === mark.key);
  if (key === 'ArrowLeft') return lane[index - 1];
  if (key === 'ArrowRight') return lane[index + 1];
  if (key === 'Home') return lane[0];
  if (key === 'End') return lane.at(-1);
  const order = key === 'ArrowUp' ? LANES.toReversed() : key === 'ArrowDown' ? LANES : [];
  for (const beyond of order.slice(order.indexOf(mark.lane) + 1)) {
    const there = marks.filter((one) => one.lane === beyond);
    const [nearest] = there.toSorted((one, other) => Math.abs(one.at - mark.at) - Math.abs(other.at - mark.at));
    if (nearest !== undefined) return nearest;
  }
  return undefined;
}
