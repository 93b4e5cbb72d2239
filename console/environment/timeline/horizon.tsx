import { AXIS_Y, GUTTER, RIGHT, type Scale } from './scale.js';

/** How far back age alone keeps snapshots: what lies in the shade stays only by a rule, or a pin. */
export function Horizon({ at, days, scale }: { at: number; days: number; scale: Scale }) {
  const x = scale.x(at);
  if (x <= GUTTER) return null;
  const right = Math.min(x, scale.width - RIGHT);
  const hasRoom = right - GUTTER > 200;
  return (
    <g aria-hidden>
      <rect x={GUTTER} y={8} width={right - GUTTER} height={AXIS_Y - 8} className="fill-sunken" />
      <path d={`M${right} 8V${AXIS_Y}`} strokeDasharray="4 3" className="stroke-edge" />
      <text
        x={hasRoom ? right - 6 : right + 6}
        y={18}
        textAnchor={hasRoom ? 'end' : 'start'}
        className="fill-soft text-xs"
      >
        {hasRoom ? `older than ${days} days: kept by rules and pins only` : `${days} days`}
      </text>
    </g>
  );
}
