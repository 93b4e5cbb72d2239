import { accessView } from '../generated/sdk.gen.js';
import type { CallerAccess } from '../generated/types.gen.js';
import type { CallOptions, Calls } from '../requests/calls.js';

/** Who calls, and what they may do. */
export class Access {
  constructor(private readonly calls: Calls) {}

  /** What the service takes from the token. */
  async view(options: CallOptions = {}): Promise<CallerAccess> {
    return this.calls.run((means) => accessView(means), options);
  }
}
