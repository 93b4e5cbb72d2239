import { Snapback, SnapbackError } from '../../sdk/typescript/index.js';
import { session } from '../session/session.js';

/** The service that served this page. Whoever is told that the token does not hold any more is the session. */
export const snapback = new Snapback({ baseUrl: location.origin, token: () => session.token() });

/** For the generated queries: `useQuery(snapshotViewOptions({ client, path }))`. */
export const { client } = snapback;

/** The token has ended, was taken back or was never one: an answer of 401. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof SnapbackError && error.status === 401;
}
