import * as oauth from 'oauth4webapi';
import { consoleConfig } from './console-config.js';
import type { OidcProvider } from './console-config.js';
import { CALLBACK } from './oidc-callback.js';
import { expiryOf } from './token.js';
import type { SessionToken } from './token.js';

/** What has to be known when the provider has sent the person back: in the storage of this tab, and of no use to anybody by itself. */
interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  /** Where the person was. */
  path: string;
}

const KEY = 'snapback-sign-in';
/** Of what a provider says, which may be a page. */
const LONGEST_REASON = 300;

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
  history.replaceState(null, '', location.origin + (pending?.path ?? '/'));
  if (provider === null) throw new Error('The provider cannot be asked at the moment. Begin again.');
  if (pending === undefined) throw new Error('This sign-in was not begun in this tab. Begin again.');
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
    return toToken(tokens);
  } catch (error) {
    throw new Error(sentenceOf(error), { cause: error });
  }
}

/** A fresh token, without the person; undefined when the provider gives none. Rejects when it could not be asked. */
export async function renewOidc(refresh: string): Promise<SessionToken | undefined> {
  const provider = consoleConfig.oidc;
  if (provider === null) return undefined;
  const [server, client] = [serverOf(provider), { client_id: provider.clientId }];
  const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, options(provider));
  try {
    const tokens = await oauth.processRefreshTokenResponse(server, client, response);
    // A provider that does not turn it takes the same one again.
    return toToken({ ...tokens, refresh_token: tokens.refresh_token ?? refresh });
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return undefined;
    throw error;
  }
}

function toToken({
  access_token: token,
  refresh_token: refresh,
  expires_in: seconds,
}: oauth.TokenEndpointResponse): SessionToken {
  const expiresAt = expiryOf(token) ?? (seconds === undefined ? null : Date.now() + seconds * 1000);
  return { token, expiresAt, ...(refresh !== undefined && { refresh }) };
}

function serverOf(provider: OidcProvider): oauth.AuthorizationServer {
  const { issuer, authorizationEndpoint, tokenEndpoint, idTokenAlgorithms } = provider;
  return {
    issuer,
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: tokenEndpoint,
    id_token_signing_alg_values_supported: idTokenAlgorithms,
  };
}

/** A provider of one's own machine may have no TLS: the service takes no other of that kind. */
function options({ tokenEndpoint, audience }: OidcProvider) {
  return {
    [oauth.allowInsecureRequests]: tokenEndpoint.startsWith('http:'),
    ...(audience === null ? {} : { additionalParameters: { resource: audience } }),
  };
}

function sentenceOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError) return `The provider did not sign you in: ${reasonOf(error)}.`;
  if (error instanceof oauth.ResponseBodyError) return `The provider gave no token: ${reasonOf(error)}.`;
  if (error instanceof TypeError) return 'The provider did not answer. Begin again.';
  return 'The answer of the provider could not be verified. Begin again.';
}

function reasonOf({ error, error_description: description }: { error: string; error_description?: string }): string {
  const reason = description === undefined || description === '' ? error : description;
  return reason.slice(0, LONGEST_REASON).replace(/\.$/, '');
}
