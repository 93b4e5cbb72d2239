import { type ArgumentsHost, Catch, Optional } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../errors/problem.js';
import { AddressLimit } from '../rate-limits/address-limit.js';
import { LimitedProblemFilter } from '../rate-limits/limited-problem.filter.js';
import { Refusals } from './refusals.js';

/** Refused for want of a permission, by whichever guard or service. */
const REFUSED: readonly string[] = ['permission-missing', 'organization-refused'];

/** Such refusals go into the audit before they are answered; when that cannot be, they are answered all the same. */
@Catch()
export class AuditedProblemFilter extends LimitedProblemFilter {
  constructor(
    addresses: AddressLimit,
    @Optional() private readonly refusals?: Refusals,
  ) {
    super(addresses);
  }

  protected override answer(thrown: unknown, host: ArgumentsHost): void {
    if (this.refusals === undefined || !(thrown instanceof Problem) || !REFUSED.includes(thrown.code)) {
      return super.answer(thrown, host);
    }
    const { params } = host.switchToHttp().getRequest<Request<Record<string, string>>>();
    void this.refusals.note({ problem: thrown, params }).then(() => super.answer(thrown, host));
  }
}
