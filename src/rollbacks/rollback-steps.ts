import type { RollbackStep } from '../contract/generated/types.gen.js';

/** The last step as it ended; all others, and one that has ended already, stay as they are. */
export function endLast(steps: RollbackStep[], status: 'completed' | 'failed', detail: string | null): RollbackStep[] {
  const last = steps.at(-1);
  if (last === undefined || last.status !== 'running') return steps;
  return [
    ...steps.slice(0, -1),
    { ...last, status, detail: detail ?? last.detail, finishedAt: new Date().toISOString() },
  ];
}

/** The last step, with another detail. */
export function withDetail(steps: RollbackStep[], detail: string): RollbackStep[] {
  const last = steps.at(-1);
  return last === undefined ? steps : [...steps.slice(0, -1), { ...last, detail }];
}
