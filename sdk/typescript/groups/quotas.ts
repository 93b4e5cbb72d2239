import { quotaView } from '../generated/sdk.gen.js';
import type { QuotaOverview } from '../generated/types.gen.js';
import type { CallOptions, Calls } from '../requests/calls.js';

/** What the organization may have. */
export class Quotas {
  constructor(private readonly calls: Calls) {}

  /** Every limit, and how much there is of each. */
  async view(options: CallOptions = {}): Promise<QuotaOverview> {
    return this.calls.run((means) => quotaView(means), options);
  }
}
