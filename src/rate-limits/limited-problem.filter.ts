import { type ArgumentsHost, Catch } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ProblemFilter } from '../errors/problem.filter.js';
import { Problem } from '../errors/problem.js';
import { AddressLimit } from './address-limit.js';

/** A refusal of somebody who has shown no valid token counts against the address, and is 429 when there were too many. */
@Catch()
export class LimitedProblemFilter extends ProblemFilter {
  constructor(private readonly addresses: AddressLimit) {
    super();
  }

  protected override answer(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    // When it is the service that cannot, nobody is to blame.
    const isOurs = thrown instanceof Problem && thrown.status >= 500;
    const isKnown = request.user !== undefined || isOurs;
    const exceeded = isKnown ? undefined : this.addresses.charge(request, http.getResponse<Response>());
    super.answer(exceeded ?? thrown, host);
  }
}
