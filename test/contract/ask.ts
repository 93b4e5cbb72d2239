import type { Problem } from '../../sdk/typescript/generated/types.gen.js';
import { checkedFetch } from '../harness/contract-check.js';

/** What a request is made of, besides method and path. */
export interface Sent {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, in place of `json`. */
  body?: BodyInit;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON; undefined when there was no body, or another one. */
  body: unknown;
  /** The answer as a problem document; empty when it is none. */
  problem: Partial<Problem>;
}

export type Ask = (method: string, path: string, sent?: Sent) => Promise<Answer>;

/**
 * Sends requests as any program might, without the client's help. Every answer is held against the
 * contract, and none may be a failure of the service's own: those are thrown.
 *
 * @param token none when null
 */
export function asker(baseUrl: string, token: string | null): Ask {
  return async (method, path, { json, body, headers = {} } = {}) => {
    const response = await checkedFetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? body : JSON.stringify(json),
      // What fetch wants to hear before it sends a stream.
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
    return orderly(await read(response), `${method} ${path.slice(0, 200)}`);
  };
}

/** A stream is not read: it may go on for minutes. */
async function read(response: Response): Promise<Answer> {
  const type = response.headers.get('content-type') ?? '';
  const isStream = type.startsWith('text/event-stream');
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  const body: unknown = text !== '' && /[/+]json\b/.test(type) ? JSON.parse(text) : undefined;
  const problem = type.startsWith('application/problem+json') ? ((body ?? {}) as Problem) : {};
  return { status: response.status, headers: response.headers, body, problem };
}

/** Whatever was sent, the service is never to blame, and every refusal is a problem document. */
export function orderly(answer: Answer, request: string): Answer {
  const { status, headers, problem, body } = answer;
  const said = `${request} was answered with ${status} ${JSON.stringify(body)?.slice(0, 1000)}`;
  if (status >= 500 && problem.code !== 'environment-unreachable') throw new Error(said);
  const isHead = request.startsWith('HEAD ');
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  if (status >= 400 && !isProblem && !isHead) throw new Error(`${said}, which is no problem document`);
  if (isProblem && !isHead && problem.status !== status) throw new Error(`${said}, whose status is another one`);
  return answer;
}
