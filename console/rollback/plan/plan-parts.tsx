import { Findings } from './findings.js';
import { LostAndBack } from './lost-and-back.js';
import type { Planned } from './plan-answer.js';
import { PlannedSteps } from './planned-steps.js';
import { PropertyChanges } from './property-changes.js';
import { Sessions } from './sessions.js';
import { WhatChanges } from './what-changes.js';

/** What stands behind the first line. What is in the way comes first. */
export function PlanParts({ planned, zone }: { planned: Planned; zone: string }) {
  const { plan } = planned;
  const { refusals, warnings } = plan;
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <Findings
        tone="bad"
        title={refusals.length === 1 ? 'This is in the way' : `${refusals.length} things are in the way`}
        of={refusals}
      />
      <Findings tone="warn" title={warnings.length === 1 ? 'A warning' : `${warnings.length} warnings`} of={warnings} />
      <WhatChanges planned={planned} zone={zone} />
      <LostAndBack planned={planned} zone={zone} />
      <PropertyChanges of={plan.databaseChanges} />
      {plan.database !== null && <Sessions of={plan.database.sessions} zone={zone} />}
      <PlannedSteps plan={plan} zone={zone} />
    </div>
  );
}
