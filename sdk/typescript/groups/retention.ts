import { retentionPlan, retentionPreview } from '../generated/sdk.gen.js';
import type { RetentionDecision, RetentionPlan, RetentionPreview } from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, ListOptions } from '../requests/calls.js';

/** What retention deletes, and why. */
export class Retention {
  constructor(private readonly calls: Calls) {}

  /**
   * What would become of each snapshot now, or `at` a time to come; the first page also says by which rules, what is deleted next, what was
   * deleted lately, and how much will be there `at` that time.
   */
  plan(
    environmentId: string,
    { pageSize, at, ...options }: ListOptions & { at?: Date } = {},
  ): Pages<RetentionDecision, RetentionPlan> {
    const path = { environmentId };
    const when = at === undefined ? {} : { at: at.toISOString() };
    return new Pages(
      (query) => this.calls.run((means) => retentionPlan({ ...means, path, query: { ...query, ...when } }), options),
      pageSize,
    );
  }

  /** The same as it would be with other settings, which are not saved: `{ retentionDays: 7, keepDaily: 14 }`. */
  preview(
    environmentId: string,
    { at, ...settings }: Omit<RetentionPreview, 'at'> & { at?: Date },
    { pageSize, ...options }: ListOptions = {},
  ): Pages<RetentionDecision, RetentionPlan> {
    const path = { environmentId };
    const body = { ...settings, ...(at !== undefined && { at: at.toISOString() }) };
    return new Pages(
      (query) => this.calls.run((means) => retentionPreview({ ...means, path, query, body }), options),
      pageSize,
    );
  }
}
