import type { KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { errors } from '../../errors/catalogue.js';
import { RepeatedTrouble } from '../../logging/repeated-trouble.js';
import { forNobody } from '../../request-context/request-context.js';
import type { KeyAlgorithm, KeySet } from './key-set.js';

interface IssuerKeysOptions {
  /** Asks the provider. Rejects when it brings no keys. */
  fetch: () => Promise<KeySet>;
  /** How long the provider is left alone after each time it was asked, in milliseconds. */
  cooldownMs: number;
  /** How old a set may become before the next one is asked for, in milliseconds. */
  refreshMs: number;
}

/**
 * The keys of an identity provider, as this process knows them.
 *
 * - A key that is known is there at once: nobody who names it waits for the provider or for others who ask.
 * - The last good set stays until another good one takes its place, however long the provider is away.
 * - The provider is asked when a set gets old and when a token names a key that is not known, by one request at a
 *   time and never within the cool-down, whoever asks for whatever: tokens that are made up cost it nothing more.
 */
export class IssuerKeys {
  private readonly trouble = new RepeatedTrouble(
    new Logger(IssuerKeys.name),
    'The keys of the token issuer could not be fetched',
    // However seldom it is asked.
    { overAfterMs: Infinity },
  );
  private keys: KeySet | undefined;
  private asking: Promise<void> | undefined;
  private restsUntil = 0;
  private refresh: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: IssuerKeysOptions) {}

  /**
   * The key that a token names. Rejects with `unauthenticated` when the provider has no such key, and with
   * `service-unavailable` while none of its keys has ever been known.
   */
  async find(algorithm: KeyAlgorithm, id: string | undefined): Promise<KeyObject> {
    const known = this.keys?.find(algorithm, id);
    if (known !== undefined) return known;
    // A token without a name cannot name a new key.
    if (this.keys === undefined || id !== undefined) await this.ask();
    const found = this.keys?.find(algorithm, id);
    if (found !== undefined) return found;
    if (this.keys !== undefined) throw errors.unauthenticated('The token is signed with a key that is not known.');
    throw errors.serviceUnavailable('The token could not be checked: the keys of its issuer are not to be had.');
  }

  /** All that are known; another object whenever the provider was heard. */
  get ofNow(): KeySet | undefined {
    return this.keys;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.refresh);
  }

  private ask(): Promise<void> {
    if (this.asking === undefined && performance.now() < this.restsUntil) return Promise.resolve();
    this.asking ??= this.askProvider().finally(() => {
      this.asking = undefined;
      this.restsUntil = performance.now() + this.options.cooldownMs;
    });
    return this.asking;
  }

  private async askProvider(): Promise<void> {
    try {
      this.keys = await this.options.fetch();
      this.trouble.wentWell();
      this.askAgainAfter(this.options.refreshMs);
    } catch (error) {
      const kept = this.keys === undefined ? 'None is known yet.' : 'Those that are known are kept.';
      this.trouble.came(`${(error as Error).message}. ${kept}`);
      if (this.keys !== undefined) this.askAgainAfter(Math.min(this.options.refreshMs, this.options.cooldownMs + 1));
    }
  }

  /** Not when somebody comes: whoever names a withdrawn key after a quiet night must not find it still there. */
  private askAgainAfter(delayMs: number): void {
    clearTimeout(this.refresh);
    if (this.stopped) return;
    this.refresh = forNobody(() => setTimeout(() => void this.ask(), delayMs)).unref();
  }
}
