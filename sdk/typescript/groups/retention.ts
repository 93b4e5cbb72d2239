import { retentionPlan } from '../generated/sdk.gen.js';
import type { RetentionDecision, RetentionPlan } from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, ListOptions } from '../requests/calls.js';

/** What retention deletes, and why. */
export class Retention {
  constructor(private readonly calls: Calls) {}

  /** What would become of each snapshot now; the first page also says by which rule, and what was deleted lately. */
  plan(environmentId: string, { pageSize, ...options }: ListOptions = {}): Pages<RetentionDecision, RetentionPlan> {
    const path = { environmentId };
    return new Pages((query) => this.calls.run((means) => retentionPlan({ ...means, path, query }), options), pageSize);
  }
}
