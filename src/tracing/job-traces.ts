import {
  type Context,
  context,
  ProxyTracerProvider,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

const KEY = 'traceparent';

/** What stands beside a job in the queue: which span ordered it. */
const jobTraces: TextMapPropagator = {
  inject(from: Context, carrier: unknown, setter: TextMapSetter): void {
    const traceparent = formatTraceparent(trace.getSpanContext(from));
    if (traceparent !== undefined) setter.set(carrier, KEY, traceparent);
  },
  extract(into: Context, carrier: unknown, getter: TextMapGetter): Context {
    const parent = parseTraceparent(getter.get(carrier, KEY));
    return parent === undefined ? into : trace.setSpanContext(into, parent);
  },
  fields: () => [KEY],
};

/**
 * Lets the queue keep the trace of each job in a column of its own, and run the job within it. Spans of its own it makes none: they
 * would be of statements, and have what errors say.
 */
export const JOB_TRACES = {
  propagateContext: true,
  propagator: jobTraces,
  // Without a delegate it is the API's that does nothing.
  tracerProvider: new ProxyTracerProvider(),
};

/** Runs something later within the trace of now. */
export function keepingTrace<T>(work: () => T): () => T {
  return context.bind(context.active(), work);
}
