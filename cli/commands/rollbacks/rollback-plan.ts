import type { Command } from 'commander';
import type { Invocation } from '../../invocation.js';
import { refused } from '../../outcome/outcome-error.js';
import { toldPlan } from './plan-told.js';
import { addPlanOptions, planFor } from './planned-rollback.js';
import type { Planned, PlanOptions } from './planned-rollback.js';

export function addRollbackPlanCommand(rollback: Command, run: Invocation): void {
  addPlanOptions(rollback.command('plan').description('Show what a rollback would do, and change nothing')).action(
    async (asked: string | undefined, options: PlanOptions) => {
      const planned = await planFor(run, asked, options);
      showPlan(run, planned);
      if (!planned.plan.allowed) throw refused('The rollback would be refused.');
    },
  );
}

export function showPlan(run: Invocation, planned: Planned): void {
  const { printer } = run;
  if (printer.quiet) return;
  if (printer.format === 'table') printer.text(toldPlan(planned, Date.now()));
  else printer.data(planned.plan);
}
