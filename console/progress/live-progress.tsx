import type { SnapshotProgress } from '../../sdk/typescript/index.js';
import { bytes, count, duration } from '../ui/amounts.js';
import { Progress } from '../ui/progress.js';

/** What all progress has in common. */
export type ProgressFigures = Pick<
  SnapshotProgress,
  | 'percent'
  | 'bytesDone'
  | 'bytesTotal'
  | 'filesDone'
  | 'filesTotal'
  | 'bytesPerSecond'
  | 'remainingSeconds'
  | 'message'
  | 'at'
  | 'final'
>;

interface LiveProgressProps<Phase extends string> {
  /** The newest event; undefined before the first. */
  event: (ProgressFigures & { phase: Phase | null }) | undefined;
  /** All phases in their order, with their names. */
  phases: Record<Phase, string>;
}

/** How far long work is: its phases, what has been done of the present one, how fast, and what is left. */
export function LiveProgress<Phase extends string>({ event, phases }: LiveProgressProps<Phase>) {
  const names = Object.keys(phases) as Phase[];
  const figures = event === undefined ? '' : figuresOf(event);
  const present = event?.phase ?? null;
  const at = present === null ? -1 : names.indexOf(present);
  return (
    <div className="flex flex-col gap-3">
      <Progress percent={event === undefined ? null : event.percent} label={labelOf(event, phases)} />
      <ol aria-label="Phases" className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {names.map((name, index) => (
          <li
            key={name}
            aria-current={index === at ? 'step' : undefined}
            className={`flex items-center gap-2 ${index === at ? 'font-semibold text-info' : 'text-soft'}`}
          >
            <span aria-hidden className={`size-2 rounded-full ${index <= at ? 'bg-info' : 'border border-edge'}`} />
            {phases[name]}
            {index < at && <span className="sr-only">(over)</span>}
          </li>
        ))}
      </ol>
      {figures !== '' && <p className="numbers text-sm text-soft">{figures}</p>}
    </div>
  );
}

/** Before anybody has said what is being done, there is its phase. */
export function labelOf<Phase extends string>(
  event: LiveProgressProps<Phase>['event'],
  phases: Record<Phase, string>,
): string {
  if (event === undefined) return 'Waiting for news of it';
  if (event.message !== '') return event.message;
  return event.phase === null ? 'Waiting for a worker' : phases[event.phase];
}

/** `12.5 MiB of 20.0 MiB · 1,250 of 2,000 files · 50.0 MiB/s · about 2 s left`; what nobody knows is left out. */
export function figuresOf(figures: ProgressFigures): string {
  const { bytesDone, bytesTotal, filesDone, filesTotal, bytesPerSecond, remainingSeconds } = figures;
  const parts = [
    bytesTotal !== null && bytesTotal > 0 ? `${bytes(bytesDone)} of ${bytes(bytesTotal)}` : '',
    filesTotal !== null && filesTotal > 0 ? `${count(filesDone)} of ${count(filesTotal)} files` : '',
    bytesPerSecond !== null && bytesPerSecond > 0 ? `${bytes(bytesPerSecond)}/s` : '',
    remainingSeconds !== null ? `about ${duration(Math.max(1, remainingSeconds) * 1000)} left` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
