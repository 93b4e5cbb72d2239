import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RollbackPlan, RollbackRequest } from '../../../sdk/typescript/index.js';
import { snapback } from '../../api/snapback.js';
import { planDifferences } from './plan-differences.js';

const REFRESH_MS = 15_000;

/** The plan of a rollback, made anew while somebody looks at it. Undefined: nothing is planned. */
export function usePlan(environmentId: string, request: RollbackRequest | undefined, isHeld: boolean) {
  const key = JSON.stringify(request);
  const plan = useQuery({
    queryKey: ['rollbackPlan', environmentId, request],
    queryFn: ({ signal }) => snapback.rollbacks.plan(environmentId, request ?? { snapshotId: '' }, { signal }),
    enabled: request !== undefined,
    staleTime: 0,
    // What somebody is about to agree to stays as they see it.
    refetchInterval: isHeld ? false : REFRESH_MS,
    refetchOnWindowFocus: !isHeld,
  });
  // What they have seen first: a plan that turns into another one while they read says so.
  const [seen, setSeen] = useState<{ key: string; plan: RollbackPlan }>();
  const { data } = plan;
  if (data !== undefined && seen?.key !== key) setSeen({ key, plan: data });
  return {
    plan: data,
    error: plan.error,
    isFetching: plan.isFetching,
    again: plan.refetch,
    differences: data === undefined || seen?.key !== key ? [] : planDifferences(seen.plan, data),
    see: (next: RollbackPlan) => setSeen({ key, plan: next }),
  };
}
