import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { loggedAddress, loggedHeaders } from '../logging/logged-request.js';
import { withinRequest } from '../request-context/request-context.js';
import { REQUEST_ID_HEADER, requestIdFrom } from '../request-context/request-ids.js';

/**
 * Gives each request its id, in its answer too, whoever answers and however; and everything that is done for it the means to find out
 * which request that is. The first of all that stand before what is served.
 */
export function requestIdentity(): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const requestId = requestIdFrom(request.headers['x-request-id']);
    // Where the logger, and problem documents, look for it.
    (request as { id?: string }).id = requestId;
    response.setHeader(REQUEST_ID_HEADER, requestId);
    const address = loggedAddress(request.ip) ?? null;
    const userAgent = loggedHeaders(request.headers)['user-agent'] ?? null;
    withinRequest({ requestId, address, userAgent }, next, request);
  };
}
