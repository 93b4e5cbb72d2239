import { randomUUID } from 'node:crypto';

/** Names a request, in the request as in its answer. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** What may be an id: it goes into headers, lines of the log, rows and shells, and means nothing special in any of them. */
const ACCEPTABLE = /^[A-Za-z0-9._~+/=@:-]{1,128}$/;

/** The id that a request brings along, or a new one, unlike any other process's, for one that brings none or what is none. */
export function requestIdFrom(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && ACCEPTABLE.test(sent) ? sent : newRequestId();
}

export function newRequestId(): string {
  return randomUUID();
}
