import type { SnapshotDetails, SnapshotStep } from '../../sdk/typescript/index.js';
import { duration } from '../ui/amounts.js';
import { Card } from '../ui/card.js';
import { useNow } from '../ui/moment.js';
import { SNAPSHOT_PHASE } from '../ui/words.js';

const BAR: Record<SnapshotStep['status'], string> = {
  running: 'bg-info',
  completed: 'bg-accent',
  failed: 'bg-bad',
  cancelled: 'bg-edge',
};

/** The shortest step can still be seen: per cent of the whole. */
const LEAST = 0.75;

/** Its steps on one axis of time: database and filestore are read side by side. */
export function StepsCard({ snapshot }: { snapshot: SnapshotDetails }) {
  const now = useNow();
  const { steps, createdAt, startedAt, durationMs } = snapshot;
  if (steps.length === 0 && snapshot.finishedAt === null) return null;
  const spans = steps.map((step) => ({ step, ...spanOf(step, now) }));
  const from = Math.min(...spans.map(({ start }) => start));
  const whole = Math.max(1, Math.max(...spans.map(({ end }) => end)) - from);
  const waited = startedAt === null ? null : Date.parse(startedAt) - Date.parse(createdAt);
  return (
    <Card
      title="How it was taken"
      aside={durationMs !== null && <span className="numbers text-sm text-soft">{duration(durationMs)} in all</span>}
    >
      {steps.length === 0 ? (
        <p className="text-sm text-soft">Its steps were not kept.</p>
      ) : (
        <ol className="flex flex-col gap-2 text-sm">
          {spans.map(({ step, start, end }) => (
            <li
              key={`${step.name} ${step.startedAt}`}
              className="grid grid-cols-[6rem_1fr_5rem] items-center gap-x-3 sm:grid-cols-[8rem_1fr_6rem]"
            >
              <span>{SNAPSHOT_PHASE[step.name]}</span>
              <span aria-hidden className="relative h-3 rounded-small bg-sunken">
                <span
                  className={`absolute inset-y-0 rounded-small ${BAR[step.status]}`}
                  style={{
                    left: `${Math.min(100 - LEAST, (100 * (start - from)) / whole)}%`,
                    width: `${Math.max(LEAST, (100 * (end - start)) / whole)}%`,
                  }}
                />
              </span>
              <span className="numbers text-right">{duration(end - start)}</span>
              {step.status !== 'completed' && (
                <span className="col-span-full text-soft">
                  {step.status}
                  {step.detail !== null && `: ${step.detail}`}
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
      {waited !== null && waited > 1000 && (
        <p className="mt-3 text-sm text-soft">Before that it waited {duration(waited)} for a worker.</p>
      )}
    </Card>
  );
}

function spanOf({ startedAt, finishedAt }: SnapshotStep, now: number): { start: number; end: number } {
  const start = Date.parse(startedAt);
  return { start, end: Math.max(start, finishedAt === null ? now : Date.parse(finishedAt)) };
}
