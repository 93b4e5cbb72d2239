import * as oauth from 'oauth4webapi';
import { consoleConfig } from './console-config.js';
import type { OidcProvider } from './console-config.js';
import type { SessionToken } from './session.js';
import { expiryOf } from './token.js';

/** What has to be known when the provider has sent the person back: in the storage of this tab, and of no use to anybody by itself. */
interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  /** Where the person was. */
  path: string;
}

const KEY = 'snapback-sign-in';
const CALLBACK = '/sign-in/callback';

export function isOidcAnswer(): boolean {
  return location.pathname === CALLBACK;
}

/** Leaves the page for the provider's, with a request that only this tab can complete (authorization code with PKCE). */
export async function startOidc(provider: OidcProvider): Promise<void> {
  const pending: Pending = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    path: location.pathname + location.search,
  };
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  const url = new URL(provider.authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: location.origin + CALLBACK,
    scope: provider.scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    ...(provider.audience === null ? {} : { audience: provider.audience, resource: provider.audience }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

/** Rejects with a sentence for people. The address is afterwards the one where the person was. */
export async function finishOidc(): Promise<SessionToken> {
  const provider = consoleConfig.oidc;
  const stored = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  const answer = new URL(location.href);
  const pending = stored === null ? undefined : (JSON.parse(stored) as Pending);
  history.replaceState(null, '', pending?.path ?? '/');
  if (provider === null || pending === undefined)
    throw new Error('This sign-in was not begun in this tab. Begin again.');
  const [server, client] = [serverOf(provider), { client_id: provider.clientId }];
  try {
    const parameters = oauth.validateAuthResponse(server, client, answer, pending.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      location.origin + CALLBACK,
      pending.verifier,
      options(provider),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: pending.nonce,
      requireIdToken: true,
    });
    return toToken(provider, tokens);
  } catch (error) {
    throw new Error(sentenceOf(error), { cause: error });
  }
}

function toToken(provider: OidcProvider, tokens: oauth.TokenEndpointResponse): SessionToken {
  const { access_token: token, refresh_token: refresh, expires_in: seconds } = tokens;
  const expiresAt = expiryOf(token) ?? (seconds === undefined ? null : Date.now() + seconds * 1000);
  return { token, expiresAt, ...(refresh !== undefined && { renew: () => renew(provider, refresh) }) };
}

async function renew(provider: OidcProvider, refresh: string): Promise<SessionToken> {
  const [server, client] = [serverOf(provider), { client_id: provider.clientId }];
  const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, options(provider));
  const tokens = await oauth.processRefreshTokenResponse(server, client, response);
  // A provider that does not turn it takes the same one again.
  return toToken(provider, { ...tokens, refresh_token: tokens.refresh_token ?? refresh });
}

function serverOf({ issuer, authorizationEndpoint, tokenEndpoint }: OidcProvider): oauth.AuthorizationServer {
  return { issuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint };
}

/** A provider of one's own machine may have no TLS. */
function options({ tokenEndpoint, audience }: OidcProvider) {
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(tokenEndpoint).hostname);
  return {
    [oauth.allowInsecureRequests]: isLocal,
    ...(audience === null ? {} : { additionalParameters: { resource: audience } }),
  };
}

function sentenceOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError)
    return `The provider did not sign you in: ${error.error_description ?? error.error}.`;
  if (error instanceof oauth.ResponseBodyError)
    return `The provider gave no token: ${error.error_description ?? error.error}.`;
  return 'The answer of the provider could not be verified. Begin again.';
}
