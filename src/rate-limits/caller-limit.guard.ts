import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerModuleOptions, type ThrottlerOptions } from '@nestjs/throttler';
import type { Request, Response } from 'express';
import type { Caller } from '../auth/caller.js';
import type { Configuration } from '../config/configuration.js';
import { announceLimit, LIMIT_WINDOW_SECONDS, limitExceeded } from './limit-headers.js';
import { ProcessStore } from './process-store.js';

/**
 * The limits of callers, in the order in which they count: what a subject has too much of is not taken from its
 * organization.
 */
export function callerLimits(configuration: Configuration): ThrottlerModuleOptions {
  const ttl = LIMIT_WINDOW_SECONDS * 1000;
  return {
    storage: new ProcessStore(),
    throttlers: [
      { name: 'subject', ttl, limit: configuration.RATE_LIMIT_SUBJECT },
      { name: 'organization', ttl, limit: configuration.RATE_LIMIT_ORGANIZATION },
    ],
  };
}

/**
 * Between the gates of access and contract: a caller is known by then, and nothing of the body was read.
 * Whoever has no token is none of its business: see `AddressLimit`.
 */
@Injectable()
export class CallerLimitGuard extends ThrottlerGuard {
  private readonly limitLogger = new Logger(CallerLimitGuard.name);

  /** What the library does, but for looking for its decorators on the handler: none has them. */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const caller = callerOf(context);
    if (caller === undefined) return true;
    for (const throttler of this.throttlers) await this.charge(context, caller, throttler);
    return true;
  }

  private async charge(context: ExecutionContext, caller: Caller, throttler: ThrottlerOptions): Promise<void> {
    const [limit, ttl] = [Number(throttler.limit), Number(throttler.ttl)];
    const counted = throttler.name === 'organization' ? 'organization' : 'subject';
    // Two organizations may each have a subject of the same name.
    const key =
      counted === 'organization' ? caller.organization : JSON.stringify([caller.organization, caller.subject]);
    const record = await this.storageService.increment(key, ttl, limit, ttl, counted);
    const count = { used: record.totalHits, resetSeconds: record.timeToExpire };
    const response = context.switchToHttp().getResponse<Response>();
    announceLimit(response, counted, limit, count);
    if (!record.isBlocked) return;
    // Once a window: a flood of requests must not become one of lines.
    if (record.totalHits === limit + 1) this.limitLogger.warn(`A limit of requests is reached: ${counted}.`);
    throw limitExceeded(counted, limit, count);
  }
}

function callerOf(context: ExecutionContext): Caller | undefined {
  return context.switchToHttp().getRequest<Request>().user as Caller | undefined;
}
