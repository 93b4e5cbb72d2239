import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Request, Response } from 'express';
import { errors } from '../errors/catalogue.js';
import { presentRequest } from '../request-context/request-context.js';
import { Problem } from '../errors/problem.js';
import { type Access, ACCESS } from './access.decorators.js';
import type { Caller } from './caller.js';
import { bearerToken } from './verification/token-verification.js';
import { TokenStrategy } from './verification/token.strategy.js';

/**
 * The first gate: a request reaches a handler that is neither `@Public()` nor `@Requires(…)` nor `@RequiresToken()` never,
 * and one that is not public only with a valid token (else 401). `PermissionGuard` looks what it permits.
 */
@Injectable()
export class AccessGuard extends AuthGuard() {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenStrategy,
  ) {
    super({ defaultStrategy: tokens.name, session: false });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<Access | undefined>(ACCESS, context.getHandler());
    if (access === undefined) {
      throw errors.internal(
        new Error(`${context.getHandler().name} has neither @Requires nor @RequiresToken nor @Public.`),
      );
    }
    const present = presentRequest();
    if (present !== undefined) present.operation = context.getHandler().name;
    if (access.public) return true;
    const { subject, organization } = await this.callerOf(context);
    if (present !== undefined) Object.assign(present, { subject, organization });
    return true;
  }

  private async callerOf(context: ExecutionContext): Promise<Caller> {
    const request = context.switchToHttp().getRequest<Request>();
    const caller = await this.tokens.verified.callerOf(bearerToken(request) ?? '', async () => {
      await super.canActivate(context);
      return request.user as Caller;
    });
    request.user = caller;
    return caller;
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
    const reason = error ?? info;
    const problem = reason instanceof Problem ? reason : explainRefusal(reason);
    if (problem.status === 401) {
      const challenge = tokenSent ? 'Bearer error="invalid_token"' : 'Bearer';
      http.getResponse<Response>().setHeader('WWW-Authenticate', challenge);
    }
    throw problem;
  }
}

/** What the verifier says, and what to tell the caller. Anything else says too much about the check. */
const EXPLANATIONS: ReadonlyArray<[pattern: RegExp, sentence: string]> = [
  [/^No auth token$/, 'The request has no bearer token.'],
  [/^jwt expired$/, 'The token has expired.'],
  [/^jwt not active$/, 'The token is not valid yet.'],
  [/^jwt issuer invalid/, 'The token was issued by somebody else.'],
  [/^jwt audience invalid/, 'The token is meant for another service.'],
];

/** Turns the verifier's reason why no caller could be established into a problem. */
export function explainRefusal(reason: unknown): Problem {
  const error = reason instanceof Error ? reason : undefined;
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(error?.message ?? ''));
  return errors.unauthenticated(known?.[1] ?? 'The token is not valid.', reason);
}
