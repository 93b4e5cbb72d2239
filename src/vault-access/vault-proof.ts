import { Logger } from '@nestjs/common';
import type { Configuration } from '../config/configuration.js';
import { refusalOf, type VaultAccess } from './vault-access.js';

/** Between two looks at a store that was away when the service started. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Proves a vault that could not be proven at the start, as soon as it can be. What a person has to change is said in the log, once:
 * the service is not ready until then, and a worker would otherwise say it with its first capture.
 */
export class VaultProof {
  private readonly logger = new Logger(VaultProof.name);
  private timer: NodeJS.Timeout | undefined;
  private said: string | undefined;
  private stopped = false;

  constructor(
    private readonly access: VaultAccess,
    private readonly configuration: Configuration,
    private readonly lookAgainMs = LOOK_AGAIN_MS,
  ) {}

  /** Never rejects. Looks again until it is proven, or until `stop()`. */
  async begin(): Promise<void> {
    try {
      await this.access.vault.open();
      if (this.said !== undefined) this.logger.log('The vault has been proven.');
    } catch (error) {
      if (this.stopped) return;
      this.say(error);
      this.timer = setTimeout(() => void this.begin(), this.lookAgainMs);
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private say(error: unknown): void {
    const refusal = refusalOf(error, this.configuration);
    const sentence =
      refusal === undefined
        ? `The vault could not be proven yet: ${error instanceof Error ? error.message : String(error)}`
        : `The vault cannot be used: ${refusal.message} (${refusal.code})`;
    if (sentence === this.said) return;
    this.said = sentence;
    if (refusal === undefined) this.logger.warn(sentence);
    else this.logger.error(sentence);
  }
}
