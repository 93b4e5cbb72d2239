import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { requestOf } from '../request-context/request-context.js';
import { Instruments } from './instruments.js';

/** For what is no operation of the contract, or ends before that is known: the documentation, wrong paths, tokens and bodies. */
const NO_OPERATION = 'none';

/** Counts answers. Stands before everything that is served. */
@Injectable()
export class CountedRequests {
  constructor(private readonly instruments: Instruments) {}

  readonly use = (request: Request, response: Response, next: NextFunction): void => {
    const began = performance.now();
    response.once('close', () => {
      const operation = requestOf(request)?.operation ?? NO_OPERATION;
      // Nobody got an answer who went away before there was one.
      const status = response.headersSent ? String(response.statusCode) : 'closed';
      this.instruments.requests.inc({ operation, status });
      if (response.getHeader('content-type')?.toString().startsWith('text/event-stream')) return;
      this.instruments.requestSeconds.observe({ operation }, (performance.now() - began) / 1000);
    });
    next();
  };
}
