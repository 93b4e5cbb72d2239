import type { Command } from 'commander';
import type { Invocation } from '../../invocation.js';
import { refused } from '../../outcome/outcome-error.js';
import { toldPlan } from './plan-told.js';
import { addPlanOptions, planFor } from './planned-rollback.js';
import type { Planned, PlanOptions } from './planned-rollback.js';
import { toldLoss, whatIsLost } from './what-is-lost.js';

export function addRollbackPlanCommand(rollback: Command, run: Invocation): void {
  addPlanOptions(rollback.command('plan').description('Show what a rollback would do, and change nothing')).action(
    async (asked: string | undefined, options: PlanOptions) => {
      const planned = await planFor(run, asked, options);
      await showPlan(run, planned);
      if (!planned.plan.allowed) throw refused('The rollback would be refused.');
    },
  );
}

/** Programs get the plan as it is; people also what would be lost, unless they are in a hurry. */
export async function showPlan(run: Invocation, planned: Planned, inHurry = false): Promise<void> {
  const { printer } = run;
  if (printer.quiet) return;
  if (printer.format !== 'table') {
    printer.data(planned.plan);
    return;
  }
  const loss = inHurry ? undefined : await whatIsLost(run, planned);
  printer.text(toldPlan(planned, Date.now()));
  if (loss !== undefined) printer.text(toldLoss(loss, planned, Date.now()));
}
