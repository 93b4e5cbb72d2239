import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import type { OidcProvider } from './oidc-provider.js';

export interface ProviderOptions {
  /** Asks the provider how it describes itself. Rejects when that cannot be used. */
  fetch: () => Promise<OidcProvider>;
  /** How long it is left alone after each time it was asked in vain, in milliseconds. */
  cooldownMs: number;
  /** How old its answer may become before it is asked again, in milliseconds. */
  refreshMs: number;
  /** How long a page may wait for it, in milliseconds. */
  patienceMs?: number;
}

/** A page that comes late is worse than one on which people paste a token. */
const PATIENCE_MS = 2000;

/**
 * The provider as this process knows it: asked when somebody opens a page, by one request at a time. What it last said is used however
 * long it is away afterwards.
 */
export class ProviderOfNow {
  private readonly trouble = new RepeatedTrouble(
    new Logger(ProviderOfNow.name),
    'The provider that people sign in to the console with could not be asked',
    { overAfterMs: Infinity },
  );
  private known: OidcProvider | undefined;
  private asking: Promise<void> | undefined;
  /** By the clock that never goes back. */
  private nextAt = 0;

  constructor(private readonly options: ProviderOptions) {}

  /** Undefined while nothing is known of it. Never rejects, and takes no longer than a page may wait. */
  async get(): Promise<OidcProvider | undefined> {
    if (performance.now() >= this.nextAt) this.asking ??= this.ask().finally(() => (this.asking = undefined));
    if (this.asking !== undefined) {
      const enough = new AbortController();
      const patience = sleep(this.options.patienceMs ?? PATIENCE_MS, undefined, { signal: enough.signal, ref: false });
      await Promise.race([this.asking, patience]);
      patience.catch(() => undefined);
      enough.abort();
    }
    return this.known;
  }

  private async ask(): Promise<void> {
    const { fetch, cooldownMs, refreshMs } = this.options;
    try {
      this.known = await fetch();
      this.nextAt = performance.now() + refreshMs;
      this.trouble.wentWell();
    } catch (error) {
      this.nextAt = performance.now() + cooldownMs;
      this.trouble.came(error);
    }
  }
}
