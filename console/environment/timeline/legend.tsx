import { PinShape, SnapshotShape, StemShape } from './mark-shape.js';
import type { Look } from './marks.js';
import { wordOf } from './words.js';

const SHOWN: readonly Look[] = ['proven', 'expected', 'doubtful', 'refuted', 'failed', 'running'];

/** What the marks mean. Each says it itself, too, when one points at it. */
export function Legend() {
  return (
    <ul aria-label="What the marks mean" className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {SHOWN.map((look) => (
        <li key={look} className="flex items-center gap-1.5">
          <svg aria-hidden width={14} height={14}>
            <SnapshotShape look={look} x={7} y={7} r={5} />
          </svg>
          {wordOf(look)}
        </li>
      ))}
      <li className="flex items-center gap-1.5">
        <svg aria-hidden width={14} height={14}>
          <PinShape x={7} y={13} />
        </svg>
        pinned
      </li>
      <li className="flex items-center gap-1.5">
        <svg aria-hidden width={14} height={14}>
          <StemShape x={7} y={4} />
        </svg>
        not by the schedule: for a deployment, by a person, for safety
      </li>
      <li className="flex items-center gap-1.5">
        <svg aria-hidden width={14} height={14}>
          <circle
            cx={7}
            cy={7}
            r={6}
            strokeDasharray="2 2"
            strokeWidth={1.5}
            className="fill-transparent stroke-edge"
          />
        </svg>
        goes at the next run of retention
      </li>
    </ul>
  );
}
