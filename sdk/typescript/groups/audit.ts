import { auditList } from '../generated/sdk.gen.js';
import type { AuditEntry, AuditListData, AuditPage } from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, Filters, ListOptions } from '../requests/calls.js';

/** Who did what, and what was refused. */
export class Audit {
  constructor(private readonly calls: Calls) {}

  /** Newest first. */
  list(filters: Filters<AuditListData> = {}, { pageSize, ...options }: ListOptions = {}): Pages<AuditEntry, AuditPage> {
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => auditList({ ...means, query }), options);
    }, pageSize);
  }
}
