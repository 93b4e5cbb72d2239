import { request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { AddressRefused, isSpecialAddress, publicLookup } from '../../engine/network/public-address.js';
import { isAllowedHost, isNamedHost } from './database-hosts.js';

/** Something that the service sends to a URL that a tenant has named. */
export interface Post {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** JSON, of this type. */
  body: string;
  contentType: string;
  /** For all of it, from the look-up of the name to the head of the answer. */
  timeoutSeconds: number;
  allowedHosts: readonly string[];
  /** The variable that says which those are, for a message. */
  hostsFrom: string;
}

/** There was no answer; `why` is the rest of a sentence, and says nothing of the URL's path, query or headers. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';

  constructor(
    readonly why: string,
    /** Whether it was not even tried, because of where it leads. */
    readonly isRefused: boolean,
    cause?: unknown,
  ) {
    super(why, { cause });
  }
}

/**
 * Posts and returns the status of the answer, whatever it is, of which nothing but the head is read. Rejects with `NoAnswer`. The one way out for
 * URLs that tenants name: to allowed hosts only, to addresses that were looked at when they are connected to, past all proxies, on
 * a connection of its own. Redirects are not followed: they would lead past all that.
 */
export async function postJson(post: Post): Promise<number> {
  const url = new URL(post.url);
  if (!isAllowedHost(url.hostname, post.allowedHosts))
    throw new NoAnswer(`its host is not among those that ${post.hostsFrom} allows`, true);
  return send(post, url, isNamedHost(url.hostname, post.allowedHosts)).catch((error: unknown) => {
    throw noAnswer(error, post);
  });
}

/** A URL without path and query, which may hold a token. */
export function withoutPath(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** Not `fetch`: it cannot be told to connect to what was looked at. */
async function send({ headers, body, contentType, timeoutSeconds }: Post, url: URL, isNamed: boolean): Promise<number> {
  if (!isNamed && isSpecialAddress(url.hostname)) throw new AddressRefused(url.hostname);
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const request = url.protocol === 'https:' ? requestSecurely : requestPlainly;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) },
        // No connection of an earlier call, which may have been to another address; and no proxy of the environment.
        agent: false,
        signal,
        ...(!isNamed && { lookup: publicLookup }),
      },
      (response) => {
        // Nobody reads the body; an unread one would keep the connection.
        response.on('error', () => undefined).destroy();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    // Whatever comes of it: who answers that another protocol is spoken from now on (101) gives neither an answer nor an error.
    sent.on('close', () => reject(new Error('the connection was closed without an answer')));
    sent.end(body);
  });
}

function noAnswer(error: unknown, { timeoutSeconds, hostsFrom }: Post): NoAnswer {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new NoAnswer(`it did not answer within ${timeoutSeconds} s`, false, error);
  if (error instanceof AddressRefused)
    return new NoAnswer(`its host leads to this machine, and ${hostsFrom} does not allow it by name`, true, error);
  const cause = error instanceof Error ? error.message : '';
  return new NoAnswer(`it could not be reached${cause ? ` (${cause})` : ''}`, false, error);
}
