import { usageView } from '../generated/sdk.gen.js';
import type { UsageDay, UsagePage, UsageViewData } from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, Filters, ListOptions } from '../requests/calls.js';

/** What projects used, by day. */
export class Usage {
  constructor(private readonly calls: Calls) {}

  /** A row for each project and day, the earliest first. */
  list(filters: Filters<UsageViewData> = {}, { pageSize, ...options }: ListOptions = {}): Pages<UsageDay, UsagePage> {
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => usageView({ ...means, query }), options);
    }, pageSize);
  }
}
