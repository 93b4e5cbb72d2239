import { Injectable, Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Configuration } from '../config/configuration.js';
import { pathOf, sendProblem } from '../errors/problem-response.js';
import type { Problem } from '../errors/problem.js';
import { addressKey } from './address-key.js';
import { announceLimit, LIMIT_WINDOW_SECONDS, limitExceeded } from './limit-headers.js';
import { RequestCounts } from './request-counts.js';

/**
 * Never limited. Probes come from the address of a load balancer, which floods come from as well, and a probe that
 * is turned away takes the process out of service for everybody. What they ask costs nothing: see `Readiness`.
 */
const HEALTH_PATHS = /^\/api\/v1\/health\/(live|ready)\/?$/;

/** Where a token will be looked at. Express does not mind capitals. */
const API_PATH = /^\/api\/v1\//i;

/**
 * Limits requests by address that no valid token speaks for. Those without a token are counted as they come in,
 * before anything is done for them; those with one when it turns out to be none, or was of no use. So whoever
 * floods the service from an address shuts nobody out who has a token, behind the same proxy either.
 */
@Injectable()
export class AddressLimit {
  private readonly logger = new Logger(AddressLimit.name);
  private readonly counts = new RequestCounts(LIMIT_WINDOW_SECONDS * 1000);
  private readonly counted = new WeakSet<Request>();
  private readonly limit: number;

  constructor(configuration: Configuration) {
    this.limit = configuration.RATE_LIMIT_ADDRESS;
  }

  /** The middleware that stands before everything. */
  readonly use = (request: Request, response: Response, next: NextFunction): void => {
    const path = pathOf(request);
    const hasToken = /^bearer /i.test(request.headers.authorization ?? '');
    if (HEALTH_PATHS.test(path) || (hasToken && API_PATH.test(path))) return next();
    const problem = this.charge(request, response);
    if (problem === undefined) return next();
    sendProblem(problem, request, response);
  };

  /** Counts a request that has turned out to be nobody's, unless it was; why it is refused if there were too many. */
  charge(request: Request, response: Response): Problem | undefined {
    if (this.counted.has(request) || HEALTH_PATHS.test(pathOf(request))) return undefined;
    this.counted.add(request);
    const socketAddress = request.socket.remoteAddress ?? '';
    // Without a proxy that is trusted both are the same; a trusted proxy that writes rubbish is counted as itself.
    const key = addressKey(request.ip ?? '') ?? addressKey(socketAddress) ?? '';
    const count = this.counts.count(key, performance.now());
    announceLimit(response, 'address', this.limit, count);
    if (count.used <= this.limit) return undefined;
    // Once a window: a flood of requests must not become one of lines.
    if (count.used === this.limit + 1) this.logger.warn(`A limit of requests is reached: address ${key}.`);
    return limitExceeded('address', this.limit, count);
  }
}
