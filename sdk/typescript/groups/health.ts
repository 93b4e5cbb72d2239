import { healthLive, healthReady } from '../generated/sdk.gen.js';
import type { Health as HealthAnswer } from '../generated/types.gen.js';
import type { CallOptions, Calls } from '../requests/calls.js';

/** Asked once unless told otherwise: that it does not answer is an answer here. */
const ONCE = { attempts: 1 };

/** For those who look after the service; needs no token. */
export class Health {
  constructor(private readonly calls: Calls) {}

  /** Whether the process answers at all. */
  live(options?: CallOptions): Promise<HealthAnswer> {
    return this.calls.run((means) => healthLive(means), { ...ONCE, ...options });
  }

  /** Whether it can do its work; throws what it says when it cannot. */
  ready(options?: CallOptions): Promise<HealthAnswer> {
    return this.calls.run((means) => healthReady(means), { ...ONCE, ...options });
  }
}
