import { Check, Circle, CircleDashed, LoaderCircle, Minus, X, type LucideIcon } from 'lucide-react';
import type { RollbackLog, RollbackProgress, RollbackStep, RollbackStepName } from '../../../sdk/typescript/index.js';
import { duration } from '../../ui/amounts.js';
import { Card } from '../../ui/card.js';
import { Progress } from '../../ui/progress.js';
import { ROLLBACK_STEP } from '../../ui/words.js';
import { stepsToCome } from './steps-to-come.js';
import { useSecond } from './use-second.js';

const LOOKS: Record<RollbackStep['status'], { icon: LucideIcon; look: string; said: string }> = {
  running: { icon: LoaderCircle, look: 'animate-spin text-info', said: 'running' },
  completed: { icon: Check, look: 'text-accent', said: 'completed' },
  failed: { icon: X, look: 'text-bad', said: 'failed' },
  skipped: { icon: Minus, look: 'text-soft', said: 'skipped' },
};

/** The steps as they are taken, with what each did and how long it took; below the one that runs, how far it is. */
export function StepsTaken({ log, event }: { log: RollbackLog; event: RollbackProgress | undefined }) {
  const isRunning = log.finishedAt === null;
  const now = useSecond(isRunning);
  const toCome = isRunning ? stepsToCome(log) : [];
  return (
    <Card
      title="Step by step"
      aside={
        isRunning &&
        event !== undefined && (
          <span className="numbers text-sm text-soft">{Math.floor(event.percent)} % of the whole</span>
        )
      }
    >
      {log.steps.length + toCome.length === 0 ? (
        <p className="text-sm text-soft">No step was taken.</p>
      ) : (
        <ol className="flex flex-col gap-4 text-sm">
          {log.steps.map((step, index) => (
            <Step key={`${step.name} ${index}`} step={step} now={now} event={event} />
          ))}
          {toCome.map((name) => (
            <StepToCome key={name} name={name} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function Step({ step, now, event }: { step: RollbackStep; now: number; event: RollbackProgress | undefined }) {
  const { name, status, detail, startedAt, finishedAt } = step;
  const { icon: Icon, look, said } = LOOKS[status];
  const took = (finishedAt === null ? now : Date.parse(finishedAt)) - Date.parse(startedAt);
  return (
    <li className="flex gap-3" aria-current={status === 'running' ? 'step' : undefined}>
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${look}`} />
      <div className="min-w-0 grow">
        <div className="flex justify-between gap-4">
          <span className="font-medium">
            {ROLLBACK_STEP[name]}
            <span className="sr-only">, {said}</span>
          </span>
          <span className="numbers shrink-0 text-soft">{duration(Math.max(0, took))}</span>
        </div>
        {detail !== null && <p className="text-soft">{detail}</p>}
        {status === 'running' && event !== undefined && (
          <div className="mt-2">
            <Progress
              percent={ofPhase(event)}
              label={event.message}
              processedBytes={event.bytesDone}
              totalBytes={event.bytesTotal}
            />
            {event.remainingSeconds !== null && event.remainingSeconds >= 1 && (
              <p className="numbers mt-1 text-xs text-soft">
                about {duration(event.remainingSeconds * 1000)} left in this step
              </p>
            )}
          </div>
        )}
      </div>
    </li>
  );
}

function StepToCome({ name }: { name: RollbackStepName }) {
  const Icon = name === 'safety' ? CircleDashed : Circle;
  return (
    <li className="flex gap-3 text-soft">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>
        {ROLLBACK_STEP[name]}
        <span className="sr-only">, still to come</span>
      </span>
    </li>
  );
}

/** Null: nobody knows yet. */
function ofPhase({ bytesDone, bytesTotal, filesDone, filesTotal }: RollbackProgress): number | null {
  if (bytesTotal !== null && bytesTotal > 0) return Math.min(100, (bytesDone / bytesTotal) * 100);
  return filesTotal !== null && filesTotal > 0 ? Math.min(100, (filesDone / filesTotal) * 100) : null;
}
