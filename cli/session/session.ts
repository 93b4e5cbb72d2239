import { Snapback } from '../../sdk/typescript/index.js';
import { usage } from '../outcome/outcome-error.js';
import { credentialsOf, ProfileCredentials } from './credentials.js';
import type { Credentials } from './credentials.js';
import { unknownProfile } from './profile-store.js';
import type { ProfileStore } from './profile-store.js';
import type { ProfileContext } from './profile.js';
import { serviceUrl } from './service-url.js';
import { caFileOf, prepareTransport } from './transport.js';

/** A service, and somebody who may call it. */
export interface Session {
  url: string;
  /** Undefined where all comes from variables. */
  profile: string | undefined;
  context: ProfileContext;
  snapback: Snapback;
  /** For how long what is waited for is waited for without the service; as the client has it, unless told. */
  reconnectMs: number | undefined;
}

export interface SessionOptions {
  environment: NodeJS.ProcessEnv;
  store: ProfileStore;
  /** The one that was asked for. */
  profile: string | undefined;
}

/**
 * By profile (`--profile`, `SNAPBACK_PROFILE`, the current one), or by `SNAPBACK_URL` and a token from the environment. The token of a profile goes to that
 * profile's service and to no other: a variable that somebody has left behind does not send it elsewhere.
 */
export async function openSession({ environment, store, profile }: SessionOptions): Promise<Session> {
  const reconnectMs = millisecondsIn(environment, 'SNAPBACK_RECONNECT_SECONDS');
  const { url, name, caFile, context, credentials } = await whoAndWhere(environment, store, profile);
  await prepareTransport(environment, caFileOf(undefined, environment) ?? caFile);
  const snapback = new Snapback({ baseUrl: url, token: credentials });
  return { url, profile: name, context, snapback, reconnectMs };
}

interface Whereabouts {
  url: string;
  name: string | undefined;
  caFile: string | undefined;
  context: ProfileContext;
  credentials: Credentials;
}

async function whoAndWhere(
  environment: NodeJS.ProcessEnv,
  store: ProfileStore,
  wanted: string | undefined,
): Promise<Whereabouts> {
  const given = credentialsOf(environment);
  const place = nonEmpty(environment['SNAPBACK_URL']);
  if (place !== undefined && given !== undefined && wanted === undefined) {
    return { url: serviceUrl(place), name: undefined, caFile: undefined, context: {}, credentials: given };
  }
  const file = await store.read();
  const name = wanted ?? file.current;
  if (name === undefined)
    throw usage('You are not logged in: snapback login URL (or set SNAPBACK_URL and SNAPBACK_TOKEN).');
  const profile = file.profiles[name];
  if (profile === undefined) throw unknownProfile(name, file);
  if (place !== undefined && serviceUrl(place) !== profile.url) {
    throw usage(
      `SNAPBACK_URL is ${place}, and the profile ${name} is for ${profile.url}; set SNAPBACK_TOKEN too, or unset SNAPBACK_URL.`,
    );
  }
  const own = new ProfileCredentials(store, name, profile.login);
  const { url, caFile, context } = profile;
  return { url, name, caFile, context, credentials: given ?? (() => own.token()) };
}

function millisecondsIn(environment: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = nonEmpty(environment[name]);
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0) throw usage(`${name} is "${text}"; it must be a number of seconds.`);
  return seconds * 1000;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
