import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Contract } from '../contract/contract.js';
import { startSpan } from '../engine/spans.js';
import { pathLogger } from '../logging/logged-request.js';
import { presentRequest, requestOf } from '../request-context/request-context.js';
import { parseTraceparent } from '../tracing/traceparent.js';

/** Probes come every few seconds and say nothing new. */
const UNTRACED = /^\/api\/v1\/health(\/|$)/;

/** The methods that the conventions know; any other is `_OTHER`. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/** What paths of the contract name, by its parameters. */
const IDS: Readonly<Record<string, string>> = {
  projectId: 'snapback.project.id',
  environmentId: 'snapback.environment.id',
  snapshotId: 'snapback.snapshot.id',
  deploymentId: 'snapback.deployment.id',
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const LOWEST_SERVER_ERROR = 500;

/**
 * One span for each request, from its arrival to the end of its answer, below the span that it says it belongs to. Of the request it has
 * what the log has: no query, no body, no header but its id. Stands behind `requestIdentity`.
 */
export function tracedRequests(contract: Contract): RequestHandler {
  const describe = requestDescriber(contract);
  return (request: Request, response: Response, next: NextFunction) => {
    if (UNTRACED.test(request.path)) return next();
    const { traceparent, tracestate } = request.headers;
    const parent = parseTraceparent(traceparent, tracestate);
    const from = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const span = startSpan(nameOf(request), { kind: SpanKind.SERVER }, from);
    nameTrace(span, parent?.spanId);
    // What is not recorded costs nothing more.
    if (span.isRecording()) {
      response.once('close', () => {
        describe(span, request, response);
        span.end();
      });
    }
    context.with(trace.setSpan(from, span), next);
  };
}

/** For lines of the log and problem documents. Without an SDK the span is that of the caller, whose trace is known all the same. */
function nameTrace(span: Span, callerSpanId: string | undefined): void {
  const present = presentRequest();
  const spanContext = span.spanContext();
  if (present === undefined || !trace.isSpanContextValid(spanContext)) return;
  present.traceId = spanContext.traceId;
  if (spanContext.spanId !== callerSpanId) present.spanId = spanContext.spanId;
}

/** As the conventions call a request of which the operation is not known. */
function nameOf({ method }: Request): string {
  return METHODS.has(method) ? method : 'HTTP';
}

/** Makes what says of a span which request it was, and how it ended, once that is known. */
function requestDescriber(contract: Contract): (span: Span, request: Request, response: Response) => void {
  const loggedPath = pathLogger(contract);
  return (span, request, response) => {
    const { requestId, operation: id, organization } = requestOf(request) ?? {};
    const operation = id === undefined ? undefined : contract.operations.get(id);
    if (operation !== undefined) span.updateName(`${nameOf(request)} ${operation.id}`);
    span.setAttributes({
      'http.request.method': METHODS.has(request.method) ? request.method : '_OTHER',
      'http.route': operation?.path,
      'url.scheme': request.secure ? 'https' : 'http',
      'url.path': loggedPath(request.originalUrl),
      'network.protocol.version': request.httpVersion,
      'snapback.operation': operation?.id,
      'snapback.request.id': requestId,
      'snapback.organization': organization,
    });
    for (const [parameter, name] of Object.entries(IDS)) {
      const value = request.params[parameter];
      if (typeof value === 'string' && UUID.test(value)) span.setAttribute(name, value);
    }
    // Nobody got an answer who went away before there was one.
    if (response.headersSent) span.setAttribute('http.response.status_code', response.statusCode);
    if (response.statusCode >= LOWEST_SERVER_ERROR)
      span.setAttribute('error.type', String(response.statusCode)).setStatus({ code: SpanStatusCode.ERROR });
  };
}
