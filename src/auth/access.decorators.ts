import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller } from './caller.js';
import type { Permission } from './permission.js';

/** Where `Requires`, `RequiresToken` and `Public` leave what they say, for `AccessGuard` and `RouteCheck`. */
export const ACCESS = 'snapback:access';

/** `permission` null: any valid token will do. */
export type Access = { public: true } | { public: false; permission: Permission | null };

/** The handler is for callers whose token has this permission. */
export const Requires = (permission: Permission): MethodDecorator =>
  SetMetadata<string, Access>(ACCESS, { public: false, permission });

/** The handler is for callers with a valid token, whatever it permits. */
export const RequiresToken = (): MethodDecorator =>
  SetMetadata<string, Access>(ACCESS, { public: false, permission: null });

/** The handler is for everybody, without a token. */
export const Public = (): MethodDecorator => SetMetadata<string, Access>(ACCESS, { public: true });

/** The `Caller` of a handler that is not `Public`. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = context.switchToHttp().getRequest<Request>().user;
  if (caller === undefined) throw new Error(`${context.getHandler().name} is public and has no caller.`);
  return caller as Caller;
});
