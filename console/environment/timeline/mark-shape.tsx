import type { Tone } from '../../ui/tone.js';
import { ROLLBACK_STATUS } from '../../ui/words.js';
import type { Deployment } from '../../../sdk/typescript/index.js';
import { LOOKS, type BundleMark, type Look } from './marks.js';

interface ShapeProps {
  look: Look;
  x: number;
  y: number;
  /** Half of how wide it is. */
  r: number;
}

/** What is well is round; doubt and refutation have a shape of their own, too, and what did not come about is hollow. */
export function SnapshotShape({ look, x, y, r }: ShapeProps) {
  switch (look) {
    case 'doubtful':
      return <path d={`M${x} ${y - r}l${r} ${r * 1.8}h${-2 * r}z`} className="fill-warn" />;
    case 'refuted':
      return (
        <path d={`M${x} ${y - r - 1}l${r + 1} ${r + 1}l${-r - 1} ${r + 1}l${-r - 1} ${-r - 1}z`} className="fill-bad" />
      );
    case 'failed':
      return <circle cx={x} cy={y} r={r - 0.5} strokeWidth={2} className="fill-surface stroke-bad" />;
    case 'cancelled':
      return <circle cx={x} cy={y} r={r - 0.5} strokeWidth={2} className="fill-surface stroke-edge" />;
    case 'running':
      return <circle cx={x} cy={y} r={r} className="animate-pulse fill-info" />;
    case 'proven':
      return <circle cx={x} cy={y} r={r} className="fill-accent" />;
    case 'expected':
      return <circle cx={x} cy={y} r={r} className="fill-edge" />;
  }
}

const FILLS: Record<Tone, string> = {
  good: 'fill-accent',
  info: 'fill-info',
  warn: 'fill-warn',
  bad: 'fill-bad',
  plain: 'fill-edge',
};

/** A deployment points on, a rollback back. */
export function ChangeShape({ of: { kind, status }, x, y }: { of: Deployment; x: number; y: number }) {
  const d = kind === 'deploy' ? `M${x - 4} ${y - 6}l9 6l-9 6z` : `M${x + 4} ${y - 7}l-10 7l10 7z`;
  return <path d={d} className={FILLS[ROLLBACK_STATUS[status].tone]} />;
}

const BAR_PX = 34;
const BARS: Record<Look, string> = {
  proven: 'fill-accent',
  expected: 'fill-edge',
  running: 'fill-info',
  cancelled: 'fill-sunken stroke-edge',
  doubtful: 'fill-warn',
  refuted: 'fill-bad',
  failed: 'fill-bad-soft stroke-bad',
};

interface BundleProps {
  of: BundleMark;
  x: number;
  y: number;
  width: number;
  /** How many the highest bar of its lane stands for. */
  highest: number;
}

/** A bar as high as there are many, in parts as they look. */
export function BundleShape({ of: { looks }, x, y, width, highest }: BundleProps) {
  let below = y + BAR_PX / 2;
  return LOOKS.map((look) => {
    const height = ((looks.get(look) ?? 0) / highest) * BAR_PX;
    below -= height;
    if (height === 0) return null;
    return <rect key={look} x={x - width / 2} y={below} width={width} height={height} className={BARS[look]} />;
  });
}

/** A hold. */
export function PinShape({ x, y }: { x: number; y: number }) {
  return (
    <>
      <path d={`M${x} ${y}v-7`} strokeWidth={1.5} className="stroke-ink" />
      <circle cx={x} cy={y - 8} r={3} className="fill-ink" />
    </>
  );
}

/** Towards what it was taken for: the schedule alone asks for no reason. */
export function StemShape({ x, y }: { x: number; y: number }) {
  return <path d={`M${x} ${y + 1}v6`} strokeWidth={1.5} className="stroke-ink" />;
}
