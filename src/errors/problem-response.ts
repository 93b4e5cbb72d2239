import type { Request, Response } from 'express';
import type { Problem as ProblemDocument } from '../contract/generated/types.gen.js';
import { requestOf } from '../request-context/request-context.js';
import type { Problem } from './problem.js';

/** Answers with a problem document. When part of another answer is out already, it is only ended. */
export function sendProblem(problem: Problem, request: Request, response: Response): void {
  if (response.headersSent) {
    // Perhaps it is a stream: nothing can be added that its reader would understand.
    response.end();
    return;
  }
  if (problem.retryAfterSeconds !== undefined) response.set('Retry-After', String(problem.retryAfterSeconds));
  if (problem.allow !== undefined) response.set('Allow', problem.allow.join(', '));
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(toDocument(problem, request)));
}

/** The path of a request. Its query may hold what does not belong into an answer or a log. */
export function pathOf(request: Request): string {
  return request.originalUrl.split('?', 1)[0] ?? '';
}

function toDocument(problem: Problem, request: Request): ProblemDocument {
  const { id: requestId } = request as { id?: string };
  const traceId = requestOf(request)?.traceId;
  return documentOf(problem, { instance: pathOf(request), requestId, traceId });
}

/** The problem as RFC 9457 has it; what was no request has no path. */
export function documentOf(
  problem: Problem,
  { instance, requestId, traceId }: Pick<ProblemDocument, 'instance' | 'requestId' | 'traceId'> = {},
): ProblemDocument {
  const { code, title, status, detail, errors, reasons, resource } = problem;
  return {
    type: `urn:snapback:problem:${code}`,
    title,
    status,
    code,
    detail,
    ...(instance === undefined ? {} : { instance }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceId === undefined ? {} : { traceId }),
    ...(errors === undefined ? {} : { errors }),
    ...(reasons === undefined ? {} : { reasons }),
    ...(resource === undefined ? {} : { resource }),
  };
}
