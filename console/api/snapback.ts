import { Snapback } from '../../sdk/typescript/index.js';
import { session } from '../session/session.js';

const SCHEME = 'Bearer ';

/**
 * The session is told of each token that the service does not take any more, whoever asked, a stream too: by which token, since there may
 * be another one by the time the answer comes. By itself, without the client that repeats, it is for what is too large to be held and sent again.
 */
export async function streamingFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.status === 401) {
    const headers = input instanceof Request ? input.headers : new Headers(init?.headers);
    const shown = headers.get('authorization') ?? '';
    if (shown.startsWith(SCHEME)) void session.refused(shown.slice(SCHEME.length));
  }
  return response;
}

/** The service that served this page. */
export const snapback = new Snapback({ baseUrl: location.origin, token: () => session.token(), fetch: streamingFetch });

/** For the generated queries: `useQuery(snapshotViewOptions({ client, path }))`. */
export const { client } = snapback;
