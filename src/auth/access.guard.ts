import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Request, Response } from 'express';
import { errors } from '../errors/catalogue.js';
import { Problem } from '../errors/problem.js';
import { TrustDomains } from '../trust-domains/trust-domains.js';
import { ACCESS, type Access } from './access.decorators.js';
import type { Caller } from './caller.js';
import { explainRefusal } from './explain-refusal.js';
import { TokenStrategy } from './token.strategy.js';

/**
 * The first gate: a request reaches a handler that is neither `@Public()` nor `@Requires(…)` never,
 * and one that requires a permission only with a valid token (else 401) that has it (else 403).
 */
@Injectable()
export class AccessGuard extends AuthGuard() {
  constructor(
    private readonly reflector: Reflector,
    strategy: TokenStrategy,
    private readonly domains: TrustDomains,
  ) {
    super({ defaultStrategy: strategy.name, session: false });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<Access | undefined>(ACCESS, context.getHandler());
    if (access === undefined) {
      throw errors.internal(new Error(`${context.getHandler().name} has neither @Requires nor @Public.`));
    }
    if (access.public) return true;
    await super.canActivate(context);
    const caller = context.switchToHttp().getRequest<Request>().user as Caller;
    if (!this.domains.admits(caller.organization)) throw errors.organizationRefused();
    if (!caller.permissions.has(access.permission)) throw errors.permissionMissing(access.permission);
    return true;
  }

  /** Passport's answer: the caller, or why there is none. */
  override handleRequest<T = Caller>(
    error: unknown,
    caller: T | false | null,
    info: unknown,
    context: ExecutionContext,
  ): T {
    if (!error && caller) return caller;
    const http = context.switchToHttp();
    const tokenSent = http.getRequest<Request>().headers.authorization !== undefined;
    const problem = error instanceof Problem ? error : explainRefusal(error ?? info);
    if (problem.status === 401) {
      const challenge = tokenSent ? 'Bearer error="invalid_token"' : 'Bearer';
      http.getResponse<Response>().setHeader('WWW-Authenticate', challenge);
    }
    throw problem;
  }
}
