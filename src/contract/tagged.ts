import { type CallHandler, type ExecutionContext, type NestInterceptor, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';
import { entityTag } from './entity-tag.js';

/** Gives the answers of a handler their `ETag`. `beside` are the properties that are shown with it, and that nobody changes. */
export function Tagged(...beside: readonly string[]): MethodDecorator {
  return UseInterceptors(new TagInterceptor(beside));
}

class TagInterceptor implements NestInterceptor<object, object> {
  constructor(private readonly beside: readonly string[]) {}

  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      map((shown) => {
        response.setHeader('ETag', this.tagOf(shown));
        return shown;
      }),
    );
  }

  private tagOf(shown: object): string {
    if (this.beside.length === 0) return entityTag(shown);
    const entries = Object.entries(shown);
    const isBeside = ([name]: [string, unknown]) => this.beside.includes(name);
    return entityTag(
      Object.fromEntries(entries.filter((entry) => !isBeside(entry))),
      Object.fromEntries(entries.filter(isBeside)),
    );
  }
}
