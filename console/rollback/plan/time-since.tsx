import type { Deployment, Snapshot } from '../../../sdk/typescript/index.js';
import { duration } from '../../ui/amounts.js';
import { takenAt } from '../choice/taken-by.js';

interface TimeSinceProps {
  from: number;
  now: number;
  deployments: readonly Deployment[] | undefined;
  snapshots: readonly Snapshot[] | undefined;
}

/** The time that is taken back, drawn to scale, with what lies in it. The same stands below in words. */
export function TimeSince({ from, now, deployments = [], snapshots = [] }: TimeSinceProps) {
  const at = (time: string) =>
    `${Math.min(100, Math.max(0, ((Date.parse(time) - from) / Math.max(1, now - from)) * 100))}%`;
  return (
    <div aria-hidden className="mb-5 px-1">
      <div className="mb-1 flex justify-between text-xs text-soft">
        <span>snapshot</span>
        <span className="numbers">{duration(Math.max(0, now - from))} are taken back</span>
        <span>now</span>
      </div>
      <div className="relative h-5">
        <span className="hatched absolute inset-x-0 top-1/2 h-2.5 -translate-y-1/2 rounded-full border" />
        {snapshots.map((snapshot) => (
          <span
            key={snapshot.id}
            style={{ left: at(takenAt(snapshot)) }}
            className="absolute top-1/2 size-2 -translate-1/2 rounded-full border border-edge bg-surface"
          />
        ))}
        {deployments.map(({ id, createdAt }) => (
          <span
            key={id}
            style={{ left: at(createdAt) }}
            className="absolute top-0 h-5 w-0.5 -translate-x-1/2 bg-warn"
          />
        ))}
        <span className="absolute top-1/2 left-0 size-3.5 -translate-1/2 rounded-full bg-accent" />
      </div>
      {deployments.length + snapshots.length > 0 && (
        <p className="mt-1 flex gap-4 text-xs text-soft">
          {deployments.length > 0 && (
            <span className="flex items-center gap-1.5">
              <span className="h-3 w-0.5 bg-warn" /> deployment
            </span>
          )}
          {snapshots.length > 0 && (
            <span className="flex items-center gap-1.5">
              <span className="size-2 rounded-full border border-edge bg-surface" /> snapshot
            </span>
          )}
        </p>
      )}
    </div>
  );
}
