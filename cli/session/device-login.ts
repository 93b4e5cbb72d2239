import * as oidc from 'openid-client';
import { failed, refused, usage } from '../outcome/outcome-error.js';
import { isLoopback } from './service-url.js';
import { TOKEN } from './profile.js';
import type { Login, Tokens } from './profile.js';

type DeviceLogin = Extract<Login, { kind: 'device-code' }>;

/** For which a code is waited for, whatever the provider says: a day. */
const LONGEST_S = 86_400;
const TOO_LATE = 'Nobody entered the code in time; begin again.';

/** What a person has to do, elsewhere, to let this program in. */
export interface DeviceCode {
  userCode: string;
  url: string;
  /** Has the code in it already, where the provider makes such ones. */
  completeUrl: string | undefined;
  expiresInSeconds: number;
}

/** The device authorization grant of OAuth 2.0 (RFC 8628) with any OpenID Connect provider: shows a code, and waits until somebody has entered it. */
export async function logInByDevice(
  login: DeviceLogin,
  show: (code: DeviceCode) => void,
  signal: AbortSignal,
): Promise<Tokens> {
  const provider = await discover(login);
  const audience: Record<string, string> = login.audience === undefined ? {} : { audience: login.audience };
  if (provider.serverMetadata().device_authorization_endpoint === undefined) {
    throw usage(`${login.issuer} offers no login by device code; log in with a token instead.`);
  }
  const code = await spoken(oidc.initiateDeviceAuthorization(provider, { scope: login.scope, ...audience }), login);
  show({
    userCode: code.user_code,
    url: code.verification_uri,
    completeUrl: code.verification_uri_complete,
    expiresInSeconds: code.expires_in,
  });
  // Not every provider says when the time is up.
  const late = AbortSignal.timeout(Math.min(code.expires_in, LONGEST_S) * 1000);
  const until = AbortSignal.any([signal, late]);
  const polled = oidc.pollDeviceAuthorizationGrant(provider, code, audience, { signal: until });
  const answer = await spoken(polled, login).catch((error: unknown) => {
    throw late.aborted ? refused(TOO_LATE) : error;
  });
  return tokensOf(answer, login);
}

/** Fresh tokens for those that have expired; undefined when the provider wants a person again. */
export async function refreshTokens(login: DeviceLogin, refresh: string): Promise<Tokens | undefined> {
  const provider = await discover(login);
  const answer = await oidc.refreshTokenGrant(provider, refresh, {}).catch((error: unknown) => {
    if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') return undefined;
    throw failed(`${login.issuer} did not renew the login: ${sentenceOf(error)}`, { cause: error });
  });
  // Some give another one for the next time, others leave the first in use.
  return answer && { refresh, ...tokensOf(answer, login) };
}

async function discover({ issuer, clientId }: DeviceLogin): Promise<oidc.Configuration> {
  if (!URL.canParse(issuer)) throw usage(`"${issuer}" is no URL of an issuer.`);
  const url = new URL(issuer);
  const inClear = url.protocol !== 'https:';
  // Tokens go over it: in clear only within this machine, where tests and tunnels are.
  if (inClear && !(url.protocol === 'http:' && isLoopback(url)))
    throw usage(`${issuer} is not reached by https, and tokens would go over it.`);
  const options = inClear ? { execute: [oidc.allowInsecureRequests] } : {};
  return oidc.discovery(url, clientId, undefined, oidc.None(), options).catch((error: unknown) => {
    throw failed(`${issuer} did not say how to log in: ${sentenceOf(error)}`, { cause: error });
  });
}

async function spoken<T>(answer: Promise<T>, { issuer }: DeviceLogin): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof oidc.ResponseBodyError))
      throw failed(`${issuer} did not answer as it should: ${sentenceOf(error)}`, { cause: error });
    const told = error.error_description ?? error.error;
    throw refused(error.error === 'expired_token' ? TOO_LATE : `${issuer} refused the login: ${told}.`, {
      cause: error,
    });
  }
}

function tokensOf(
  answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
  { issuer }: DeviceLogin,
): Tokens {
  if (!TOKEN.test(answer.access_token)) throw failed(`${issuer} did not answer as it should: its token is none.`);
  const seconds = answer.expiresIn();
  return {
    access: answer.access_token,
    ...(answer.refresh_token !== undefined && { refresh: answer.refresh_token }),
    ...(seconds !== undefined && { expiresAt: Date.now() + seconds * 1000 }),
  };
}

function sentenceOf(error: unknown): string {
  const { message, cause } = error as Error;
  return `${(cause instanceof Error ? cause.message : message).replace(/\.$/, '')}.`;
}
