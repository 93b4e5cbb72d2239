import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Configuration } from '../config/configuration.js';
import { VERSION } from '../processes/version.js';
import { DeadlineExporter } from './deadline-exporter.js';
import { EntrySampler } from './sampling.js';

/** Ended spans that wait to be sent; more of them are dropped. */
const MOST_WAITING = 2048;
/** Spans that are sent at once. */
const SENT_AT_ONCE = 512;
/** How long spans gather before they are sent. */
const GATHER_MS = 2_000;
/** Sendings that may be under way. There is one at a time, unless a receiver hangs. */
const MOST_SENDINGS = 4;
/** What waits for a sending gives up a little after the sending has: the reason is told by that. */
const SENDING_MS = 15_000;
const WAITING_MS = 20_000;
/** How long a process that stops waits for what is left to be sent. */
const STOP_MS = 3_000;
/** What a span may hold: its attributes are ids, names and numbers. */
const SPAN_LIMITS = { attributeCountLimit: 32, attributeValueLengthLimit: 512, eventCountLimit: 8, linkCountLimit: 8 };

/**
 * Starts the SDK. Where spans go, and with which headers, the exporter reads from the environment itself, as the specification of
 * OpenTelemetry has it (docs/traces.md).
 */
export function startSdk(configuration: Configuration): { stop(): Promise<void> } {
  const own = {
    'service.name': 'snapback',
    'service.version': VERSION,
    'service.instance.id': randomUUID(),
    'snapback.role': configuration.ROLE,
  };
  const exporter = new OTLPTraceExporter({ ...endpointOf(configuration), concurrencyLimit: MOST_SENDINGS });
  const provider = new TracerProvider({
    resource: resourceFromAttributes(own).merge(detectResources({ detectors: [envDetector] })),
    sampler: new EntrySampler(configuration.OTEL_TRACES_SAMPLER, configuration.OTEL_TRACES_SAMPLER_ARG),
    spanLimits: SPAN_LIMITS,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new DeadlineExporter(exporter, SENDING_MS),
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: SENT_AT_ONCE,
        scheduledDelayMillis: GATHER_MS,
        exportTimeoutMillis: WAITING_MS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      await Promise.race([provider.shutdown().catch(() => undefined), sleep(STOP_MS, undefined, { ref: false })]);
      trace.disable();
      context.disable();
    },
  };
}

/** As the specification has it: the general endpoint is what `/v1/traces` is below, that of traces is the whole URL. */
function endpointOf(configuration: Configuration): { url: string } {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ofTraces, OTEL_EXPORTER_OTLP_ENDPOINT: ofAll = '' } = configuration;
  if (ofTraces !== undefined) return { url: ofTraces };
  const url = new URL(ofAll);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return { url: url.href };
}
