import { Logger } from '@nestjs/common';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { forNobody } from '../request-context/request-context.js';

/** A name of an error as Node gives it. */
const ERROR_CODE = /^[A-Z0-9_]{1,64}$/;

const LATE = 'The answer is late';

/** Gives up on a receiver that does not end its answer, and tells in the log when traces cannot be sent, and when they can again. */
export class DeadlineExporter implements SpanExporter {
  private readonly trouble = new RepeatedTrouble(new Logger('Traces'), 'Traces cannot be sent, and are dropped', {
    // Nothing is sent while nothing happens, which ends no trouble.
    overAfterMs: Infinity,
  });

  constructor(
    private readonly inner: SpanExporter,
    private readonly deadlineMs: number,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    let isOver = false;
    const end = (result: ExportResult) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      // Whoever's span began the sending, it is nobody's line.
      forNobody(() => this.tell(result));
      done(result);
    };
    const timer = setTimeout(() => {
      end({ code: ExportResultCode.FAILED, error: new Error(LATE) });
    }, this.deadlineMs).unref();
    this.inner.export(spans, end);
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }

  private tell({ code, error }: ExportResult): void {
    if (code === ExportResultCode.SUCCESS) this.trouble.wentWell();
    else this.trouble.came(reasonOf(error));
  }
}

/** What the receiver has answered stays out of the log, and so does its URL: one may quote headers, the other may hold a password. */
function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  const { code, message = '' } = error ?? {};
  if (typeof code === 'number') return `the receiver answered ${code}`;
  if (typeof code === 'string' && ERROR_CODE.test(code)) {
    const isHeader = code.startsWith('ERR_INVALID_');
    return `${isHeader ? 'a header in OTEL_EXPORTER_OTLP_HEADERS cannot be sent' : 'the receiver cannot be reached'} (${code})`;
  }
  const known = MESSAGES.find(([words]) => message.includes(words));
  return known?.[1] ?? 'the receiver did not take them';
}

/** What messages of the exporter have in them, and what that means. */
const MESSAGES: ReadonlyArray<[words: string, reason: string]> = [
  [LATE, 'the receiver gives no whole answer in time'],
  ['Request timed out', 'the receiver gives no answer in time'],
  ['retryable status', 'the receiver asks to wait, and goes on asking'],
  ['Concurrent export limit', 'earlier ones still wait for an answer of the receiver'],
  ['exceeded size limit', 'the receiver answers more than anybody reads'],
];
