import type { ChildProcess } from 'node:child_process';
import { type Attributes, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { failSpan, startSpan } from '../../spans.js';

export interface ProgramSpan {
  /** To be told to a program that can go on with the trace. */
  readonly context: SpanContext;
  /** Ends it with the program: with its exit status, or with what kept it from starting. */
  endWith(child: ChildProcess): void;
}

/** A span for a program that is about to be started: its name and how it ended. Its arguments and what it says stay out. */
export function programSpan(name: string, attributes: Attributes = {}): ProgramSpan {
  const span = startSpan(name, {
    kind: SpanKind.CLIENT,
    attributes: { 'process.executable.name': name, ...attributes },
  });
  return {
    context: span.spanContext(),
    endWith(child) {
      if (child.pid !== undefined) span.setAttribute('process.pid', child.pid);
      child.once('error', (error) => {
        failSpan(span, error);
        span.end();
      });
      child.once('exit', (code, signal) => {
        if (code !== null) span.setAttribute('process.exit.code', code);
        if (code !== 0) {
          span.setAttribute('error.type', signal ?? String(code)).setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      });
    },
  };
}
