import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Configuration } from '../config/configuration.js';
import { Contract } from '../contract/contract.js';
import { refuseUndeclaredMethods } from '../contract/undeclared-methods.js';
import { errors } from '../errors/catalogue.js';
import { sendProblem } from '../errors/problem-response.js';
import { AddressLimit } from '../rate-limits/address-limit.js';
import { requestIdentity } from './request-identity.js';
import { securityHeaders } from './security-headers.js';
import { tracedRequests } from './traced-requests.js';

/** What stands before everything that is served, whoever serves it. Called before anything else is. `counted` counts answers. */
export function protectHttp(
  app: NestExpressApplication,
  { TRUST_PROXY }: Pick<Configuration, 'TRUST_PROXY'>,
  counted: RequestHandler,
): void {
  app.set('trust proxy', TRUST_PROXY);
  app.disable('x-powered-by');
  const contract = app.get(Contract);
  app.use(requestIdentity(), tracedRequests(contract), counted);
  app.use(securityHeaders(), requireHost, app.get(AddressLimit, { strict: false }).use);
  app.use(refuseUndeclaredMethods(contract));
}

/** HTTP/1.1 asks for it, and for nothing else of every request. */
function requireHost(request: Request, response: Response, next: NextFunction): void {
  if (request.httpVersionMinor === 0 || request.headers.host !== undefined) return next();
  response.setHeader('Connection', 'close');
  sendProblem(errors.malformedRequest(), request, response);
}
