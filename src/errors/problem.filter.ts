import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { bodyProblem } from './unreadable-body.js';
import { errors } from './catalogue.js';
import { isDatabaseOutage } from './database-outage.js';
import { pathOf, sendProblem } from './problem-response.js';
import { Problem } from './problem.js';

/** Turns whatever was thrown into an RFC 9457 document. What is not meant for callers goes to the log only. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);
  private readonly outage = new RepeatedTrouble(this.logger, 'Requests are refused with 503', { endsByItself: true });

  catch(thrown: unknown, host: ArgumentsHost): void {
    this.answer(thrown, host);
  }

  protected answer(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const problem = toProblem(thrown, request);
    if (problem.status >= 500) this.log(problem, request);
    sendProblem(problem, request, http.getResponse<Response>());
  }

  private log(problem: Problem, request: Request): void {
    // It comes with each request for as long as its one cause lasts; the lines of their ends say which those were.
    if (problem.code === 'service-unavailable') return this.outage.came(whyUnavailable(problem));
    // As it is declared: who asked, and for which ids, is in the line's `req`.
    const { path = 'an unknown path' } = (request.route ?? {}) as { path?: string };
    // What does not answer was named by the caller, who is told; a line names nothing that came with a request.
    const what = problem.code === 'environment-unreachable' ? unreachable(problem) : describeError(problem);
    const text = `${request.method} ${path}: ${what}`;
    if (problem.status === 503) this.logger.warn(text);
    else this.logger.error(text);
  }
}

function whyUnavailable({ detail, cause }: Problem): string {
  return cause instanceof Error ? `${detail} (${cause.message})` : detail;
}

function unreachable({ code, cause }: Problem): string {
  const { code: reason } = (cause ?? {}) as { code?: unknown };
  return typeof reason === 'string' && /^[\w-]{1,64}$/.test(reason) ? `${code} (${reason})` : code;
}

function toProblem(thrown: unknown, request: Request): Problem {
  if (thrown instanceof Problem) return thrown;
  // Nest wraps what its adapter or a middleware threw.
  const unread = bodyProblem(thrown instanceof HttpException ? thrown.cause : thrown);
  if (unread !== undefined) return unread;
  if (thrown instanceof HttpException) {
    // Nobody here throws these; they come from Nest, for a path that no handler has or that cannot be decoded.
    const status = thrown.getStatus();
    const undecodable = status === 400 && thrown.cause instanceof URIError;
    return status === 404 || undecodable
      ? errors.routeNotFound(request.method, pathOf(request))
      : errors.internal(thrown);
  }
  if (isDatabaseOutage(thrown)) return errors.serviceUnavailable('The state database does not answer.', thrown);
  return errors.internal(thrown);
}

/** Deeper chains of causes do not help. */
const MOST_CAUSES = 5;

/**
 * An error and its causes as text for the log: messages and stacks only. The other properties of
 * an error are left out, since drivers attach queries and their parameters there.
 */
export function describeError(error: unknown): string {
  const texts: string[] = [];
  let current: unknown = error;
  while (current !== undefined && texts.length <= MOST_CAUSES) {
    if (!(current instanceof Error)) {
      texts.push(typeof current === 'string' ? current : `a thrown ${typeof current}`);
      break;
    }
    texts.push(current.stack ?? current.message);
    current = current.cause;
  }
  return texts.join('\ncaused by: ');
}
