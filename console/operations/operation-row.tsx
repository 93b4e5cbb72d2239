import type { Operation } from '../../sdk/typescript/index.js';
import type { Names } from '../api/names.js';
import { figuresOf, labelOf } from '../progress/live-progress.js';
import { Badge } from '../ui/badge.js';
import { Moment } from '../ui/moment.js';
import { Progress } from '../ui/progress.js';
import { WithTooltip } from '../ui/tooltip.js';
import { OPERATION_KIND, OPERATION_STATE, ROLLBACK_PHASE, SNAPSHOT_PHASE, VERIFICATION_PHASE } from '../ui/words.js';
import { OperationActions } from '../attention/operation-actions.js';
import { OperationSubject } from './operation-subject.js';
import type { RunningProgress } from '../api/use-running-progress.js';

interface OperationRowProps {
  operation: Operation;
  names: Names | undefined;
  /** Of one that runs, when it is known. */
  progress: RunningProgress | undefined;
}

const PHASES = { ...SNAPSHOT_PHASE, ...VERIFICATION_PHASE, ...ROLLBACK_PHASE };

/** What it is and of whom, how far it is, or why it does not get on and what would help. */
export function OperationRow({ operation, names, progress }: OperationRowProps) {
  const { kind, state, since, tryCount, nextTryAt, reason, help } = operation;
  const { text, tone } = OPERATION_STATE[state];
  const isCalling = state === 'attention';
  return (
    <li
      className={`border-b border-l-4 px-4 py-4 last:border-b-0 ${isCalling ? 'border-l-bad' : 'border-l-transparent'}`}
    >
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-96 text-sm">
          <h2 className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
            <WithTooltip text={OPERATION_KIND[kind].about}>
              <span tabIndex={0} className="rounded-small">
                {OPERATION_KIND[kind].text}
              </span>
            </WithTooltip>
            <Badge tone={tone}>{text}</Badge>
          </h2>
          <p className="mt-0.5">
            <OperationSubject operation={operation} names={names} />
          </p>
          {reason !== null && (
            <div className="mt-2 max-w-3xl border-l-2 border-edge pl-3">
              <p className={isCalling ? 'font-medium' : ''}>{reason.message}</p>
              {help !== null && <p className="text-soft">{help}</p>}
            </div>
          )}
          {progress !== undefined && state === 'running' && (
            <div className="mt-2 max-w-2xl">
              <Progress percent={progress.percent} label={labelOf(progress, PHASES)} />
              <p className="numbers mt-1 text-soft">{figuresOf(progress)}</p>
            </div>
          )}
          <p className="numbers mt-2 text-soft">
            Since <Moment at={since} />
            {tryCount > 0 && ` · tried ${tryCount === 1 ? 'once' : `${tryCount} times`} in vain`}
            {nextTryAt !== null && (
              <>
                {' · '}
                {tryCount > 0 ? 'again ' : 'due '}
                <Moment at={nextTryAt} />
              </>
            )}
          </p>
        </div>
        <OperationActions operation={operation} names={names} />
      </div>
    </li>
  );
}
