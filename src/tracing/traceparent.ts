import { createTraceState, isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** Version, trace, span and flags; a later version may have more after another dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]*)?$/;
/** No version that is known has more, and one that comes may have a little. */
const LONGEST_TRACEPARENT = 128;
const FIRST_VERSION = '00';
/** Stands for no version, for ever. */
const NO_VERSION = 'ff';
/** Longer ones need not be passed on, by the specification. */
const LONGEST_TRACESTATE = 512;
const SAMPLED = 1;

/**
 * The span that a request says it belongs to, by W3C Trace Context; undefined where it says nothing, or nothing that can be read: then
 * a trace begins here. Several headers of that name arrive as one with commas, and are none. Never throws.
 */
export function parseTraceparent(
  traceparent: string | string[] | undefined,
  tracestate?: string | string[],
): SpanContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > LONGEST_TRACEPARENT) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === NO_VERSION) return undefined;
  if (version === FIRST_VERSION && more !== undefined) return undefined;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
  // An id of zeros is none.
  if (!isSpanContextValid(parent)) return undefined;
  if (typeof tracestate !== 'string' || tracestate.length > LONGEST_TRACESTATE) return parent;
  return { ...parent, traceState: createTraceState(tracestate) };
}

/** What tells somebody else which span calls them; undefined for a span that is none. */
export function formatTraceparent(span: SpanContext | undefined): string | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const flags = (span.traceFlags & SAMPLED).toString(16).padStart(2, '0');
  return `${FIRST_VERSION}-${span.traceId}-${span.spanId}-${flags}`;
}
