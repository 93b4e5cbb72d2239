import type { RollbackLog } from '../../../sdk/typescript/index.js';
import { duration } from '../../ui/amounts.js';

/** What people ask first: how long it was down. */
export function Figures({ log }: { log: RollbackLog }) {
  const { downtimeMs, durationMs } = log;
  return (
    <dl className="flex flex-wrap gap-x-10 gap-y-4 rounded-box border bg-surface px-4 py-4">
      <div className="flex flex-col-reverse">
        <dt className="text-sm text-soft">{downtimeMs === null ? 'downtime' : 'measured downtime'}</dt>
        <dd className="numbers text-4xl font-semibold tracking-tight">
          {downtimeMs === null ? unmeasured(log) : duration(downtimeMs)}
        </dd>
      </div>
      {durationMs !== null && (
        <div className="flex flex-col-reverse">
          <dt className="text-sm text-soft">from start to end</dt>
          <dd className="numbers text-4xl font-semibold tracking-tight text-soft">{duration(durationMs)}</dd>
        </div>
      )}
    </dl>
  );
}

/** Of one that came to another end in its swap nobody has measured it. */
function unmeasured({ steps, finishedAt }: RollbackLog): string {
  if (steps.some(({ name }) => name === 'cutover')) return finishedAt === null ? 'a moment' : 'not known';
  return finishedAt === null ? 'none so far' : 'none';
}
