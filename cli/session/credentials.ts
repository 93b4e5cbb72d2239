import { readFile } from 'node:fs/promises';
import { refused, usage } from '../outcome/outcome-error.js';
import { refreshTokens } from './device-login.js';
import { TOKEN } from './profile.js';
import type { Login, Tokens } from './profile.js';
import type { ProfileStore } from './profile-store.js';

/** Brings the token for the next request. It is asked for each: one that has been renewed meanwhile is used. */
export type Credentials = () => Promise<string>;

/** Before a token expires it is renewed: a request takes its time, and clocks differ. */
const LEEWAY_MS = 30_000;

/** From `SNAPBACK_TOKEN`, or anew for each request from the file that `SNAPBACK_TOKEN_FILE` names, which others keep fresh; undefined without either. */
export function credentialsOf({
  SNAPBACK_TOKEN: token,
  SNAPBACK_TOKEN_FILE: file,
}: NodeJS.ProcessEnv): Credentials | undefined {
  if (token !== undefined && token !== '') return () => Promise.resolve(tokenIn(token));
  if (file === undefined || file === '') return undefined;
  return async () =>
    tokenIn(
      await readFile(file, 'utf8').catch((cause: unknown) => {
        throw usage(`The token in ${file} (SNAPBACK_TOKEN_FILE) cannot be read: ${(cause as Error).message}.`, {
          cause,
        });
      }),
    );
}

/** Those of a profile: what a person has logged in with, renewed as often as the provider allows it. */
export class ProfileCredentials {
  private renewing: Promise<string> | undefined;

  constructor(
    private readonly store: ProfileStore,
    private readonly profile: string,
    private readonly login: Login,
  ) {}

  async token(): Promise<string> {
    const tokens = await this.tokens();
    if (!isExpiring(tokens) || tokens.refresh === undefined) return tokens.access;
    this.renewing ??= this.renewed().finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  /** One process at a time: a provider takes each refresh token but once, and for a thief who comes with one that was used. */
  private async renewed(): Promise<string> {
    return this.store.alone(async () => {
      const tokens = await this.tokens();
      const { access, refresh } = tokens;
      // Another process may have been first.
      if (!isExpiring(tokens) || this.login.kind !== 'device-code' || refresh === undefined) return access;
      const fresh = await refreshTokens(this.login, refresh);
      if (fresh === undefined)
        throw refused(`The login has expired; log in again: snapback login --profile ${this.profile}`);
      await this.store.renew(this.profile, fresh);
      return fresh.access;
    });
  }

  private async tokens(): Promise<Tokens> {
    const tokens = await this.store.tokensOf(this.profile);
    if (tokens === undefined || !TOKEN.test(tokens.access))
      throw refused(`The profile has no token any more; log in again: snapback login --profile ${this.profile}`);
    return tokens;
  }
}

/** What was pasted or piped, without what comes along. Throws when it can be no token. */
export function tokenIn(text: string): string {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  if (!TOKEN.test(token)) throw usage('That is no token: a token is one word of printable ASCII.');
  return token;
}

function isExpiring({ expiresAt }: Tokens): boolean {
  return expiresAt !== undefined && Date.now() > expiresAt - LEEWAY_MS;
}
