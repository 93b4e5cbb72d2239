import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { errors } from '../errors/catalogue.js';
import { TrustDomains } from '../trust-domains/trust-domains.js';
import { ACCESS, type Access } from './access.decorators.js';
import type { Caller } from './caller.js';

/**
 * A caller does what its token permits, in a service that is for its organization (else 403). Apart from `AccessGuard`, which says who calls, because
 * requests that are not permitted count as well: the limits of callers stand between the two.
 */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly domains: TrustDomains,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const access = this.reflector.get<Access | undefined>(ACCESS, context.getHandler());
    if (access?.public === true) return true;
    const caller = context.switchToHttp().getRequest<Request>().user as Caller | undefined;
    // Nothing comes here that `AccessGuard` has not let in; without it nothing would pass.
    if (access === undefined || caller === undefined) throw errors.internal(new Error('Nobody has said who calls.'));
    if (!this.domains.admits(caller.organization)) throw errors.organizationRefused();
    const { permission } = access;
    if (permission !== null && !caller.permissions.has(permission)) throw errors.permissionMissing(permission);
    return true;
  }
}
