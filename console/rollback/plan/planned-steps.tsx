import { useQuery } from '@tanstack/react-query';
import { rollbackLogListOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { RollbackLog, RollbackPlan } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import { duration } from '../../ui/amounts.js';
import { Card } from '../../ui/card.js';
import { Moment } from '../../ui/moment.js';
import { ROLLBACK_STEP } from '../../ui/words.js';
import { roughly } from './plan-answer.js';

const LOOKED_AT = 20;

/** The steps in order; how long each takes is what it took here the last time. */
export function PlannedSteps({ plan, zone }: { plan: RollbackPlan; zone: string }) {
  const path = { environmentId: plan.targetEnvironmentId };
  const logs = useQuery(rollbackLogListOptions({ client, path, query: { limit: LOOKED_AT } })).data?.items;
  const last = logs?.find((log) => isAlike(log, plan));
  const took = stepDurations(last);
  return (
    <Card
      title="Step by step"
      aside={<span className="numbers text-sm text-soft">about {roughly(plan.expectedDurationSeconds)} in all</span>}
    >
      <ol className="flex flex-col gap-3 text-sm">
        {plan.steps.map(({ name, description }, index) => (
          <li key={name} className="flex gap-3">
            <span aria-hidden className="numbers w-5 shrink-0 pt-px text-right text-xs text-soft">
              {index + 1}
            </span>
            <span className="min-w-0 grow">
              <span className="block font-medium">{ROLLBACK_STEP[name]}</span>
              <span className="block text-soft">{description}</span>
            </span>
            {took.has(name) && <span className="numbers shrink-0 text-soft">{duration(took.get(name) ?? 0)}</span>}
          </li>
        ))}
      </ol>
      {last !== undefined && (
        <p className="mt-4 text-sm text-soft">
          Times are those of the last rollback here, <Moment at={last.finishedAt} zone={zone} />
          {last.downtimeMs === null ? '.' : `, which was down for ${duration(last.downtimeMs)}.`}
        </p>
      )}
    </Card>
  );
}

/** Of one that went another way, times say nothing. */
function isAlike({ status, undoOf, standby }: RollbackLog, plan: RollbackPlan): boolean {
  return status === 'completed' && undoOf === null && (standby?.used ?? false) === plan.standby;
}

function stepDurations(log: RollbackLog | undefined): Map<string, number> {
  return new Map(
    (log?.steps ?? []).flatMap(({ name, startedAt, finishedAt }) =>
      finishedAt === null ? [] : [[name, Date.parse(finishedAt) - Date.parse(startedAt)] as const],
    ),
  );
}
