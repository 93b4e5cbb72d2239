import type { Configuration } from '../config/configuration.js';
import { isPrivateUrl } from '../config/loopback.js';

/** What the console has to know of the provider that people sign in with. */
export interface OidcProvider {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  /** Where people leave the provider itself; null: it has no such place. */
  endSessionEndpoint: string | null;
  /** What it signs ID tokens with. */
  idTokenAlgorithms: string[];
  clientId: string;
  scope: string;
  /** What tokens are asked for, where the provider wants to be told. */
  audience: string | null;
}

export type OidcSettings = Pick<OidcProvider, 'issuer' | 'clientId' | 'scope' | 'audience'>;

/** As OpenID Connect has it where a provider does not say. */
const DEFAULT_ALGORITHM = 'RS256';
/** Longer ones would be put into every page. */
const LONGEST_URL = 2000;
const MOST_ALGORITHMS = 20;

/** With whom people sign in, as the configuration says; undefined: with nobody. */
export function oidcSettings(configuration: Configuration): OidcSettings | undefined {
  const { CONSOLE_OIDC_ISSUER, CONSOLE_OIDC_CLIENT_ID, CONSOLE_OIDC_SCOPE, CONSOLE_OIDC_AUDIENCE } = configuration;
  if (CONSOLE_OIDC_ISSUER === undefined || CONSOLE_OIDC_CLIENT_ID === undefined) return undefined;
  return {
    issuer: CONSOLE_OIDC_ISSUER,
    clientId: CONSOLE_OIDC_CLIENT_ID,
    scope: CONSOLE_OIDC_SCOPE,
    audience: CONSOLE_OIDC_AUDIENCE ?? null,
  };
}

/** Where a provider describes itself (OpenID Connect Discovery 1.0, 4). */
export function discoveryUrl({ issuer }: Pick<OidcSettings, 'issuer'>): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * Reads how a provider describes itself. Throws an `Error` when it is another one than was asked for, when it lacks what the console needs,
 * or when it would have people or their tokens sent to a place that is none, such as `javascript:` or plain http.
 */
export function parseProvider(document: unknown, settings: OidcSettings): OidcProvider {
  const told = (typeof document === 'object' && document !== null ? document : {}) as Record<string, unknown>;
  if (told['issuer'] !== settings.issuer) {
    const shown = typeof told['issuer'] === 'string' ? JSON.stringify(told['issuer'].slice(0, LONGEST_URL)) : 'nothing';
    throw new Error(`it calls itself ${shown}, which CONSOLE_OIDC_ISSUER must be to the letter`);
  }
  const methods = textsIn(told['code_challenge_methods_supported']);
  if (methods !== undefined && !methods.includes('S256')) throw new Error('it does not take PKCE with S256');
  const algorithms = textsIn(told['id_token_signing_alg_values_supported']) ?? [DEFAULT_ALGORITHM];
  return {
    ...settings,
    authorizationEndpoint: urlIn(told, 'authorization_endpoint'),
    tokenEndpoint: urlIn(told, 'token_endpoint'),
    endSessionEndpoint: told['end_session_endpoint'] === undefined ? null : urlIn(told, 'end_session_endpoint'),
    idTokenAlgorithms: algorithms.filter((name) => /^[A-Za-z0-9]{1,20}$/.test(name)).slice(0, MOST_ALGORITHMS),
  };
}

function textsIn(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

function urlIn(told: Record<string, unknown>, name: string): string {
  const value = told[name];
  const url = typeof value === 'string' && value.length <= LONGEST_URL ? URL.parse(value) : null;
  if (url === null || !isPrivateUrl(url)) throw new Error(`its ${name} is no https URL`);
  return url.href;
}
