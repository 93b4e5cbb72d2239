import { protectionList } from '../generated/sdk.gen.js';
import type { EnvironmentProtection, ProtectionListData, ProtectionPage } from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, Filters, ListOptions } from '../requests/calls.js';

/** Whether environments are protected, since when not, and why. */
export class Protection {
  constructor(private readonly calls: Calls) {}

  /** Those that need somebody first; the first page also says how many are in which state. */
  list(
    filters: Filters<ProtectionListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<EnvironmentProtection, ProtectionPage> {
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => protectionList({ ...means, query }), options);
    }, pageSize);
  }
}
