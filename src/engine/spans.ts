import { context, type Span, type SpanOptions, SpanStatusCode, trace } from '@opentelemetry/api';

/** Who makes the spans of this project, to whoever reads them. */
const SCOPE = 'snapback';

/** A name of an error that a span may have: never words, which may be about anything. */
const ERROR_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** As the conventions call an error without such a name. */
const OTHER_ERROR = '_OTHER';

/**
 * Begins a span below the present one. Without an SDK (`src/tracing` starts one where it is asked for) it is one of the API's, which
 * does nothing. Asked of the API each time: a tracer that is kept would belong to whichever SDK was there first.
 */
export function startSpan(name: string, options: SpanOptions = {}, parent = context.active()): Span {
  return trace.getTracer(SCOPE).startSpan(name, options, parent);
}

/** Does something within a span of its own, which ends with it. Spans that are begun meanwhile are below it. */
export async function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const span = startSpan(name, options);
  try {
    return await context.with(trace.setSpan(context.active(), span), work, undefined, span);
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed, by the name of the error alone: what it says may be about somebody's data. */
export function failSpan(span: Span, error: unknown): void {
  span.setAttribute('error.type', errorName(error)).setStatus({ code: SpanStatusCode.ERROR });
}

/** The code of an error, or else the name of its class. */
function errorName(error: unknown): string {
  if (!(error instanceof Error)) return OTHER_ERROR;
  const { code } = error as { code?: unknown };
  const names = [code, error.name, error.constructor.name];
  return names.find((name): name is string => typeof name === 'string' && ERROR_NAME.test(name)) ?? OTHER_ERROR;
}
