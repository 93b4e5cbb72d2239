import { setImmediate } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { Configuration } from '../config/configuration.js';
import { inSpan } from '../engine/spans.js';
import { forNobody } from '../request-context/request-context.js';
import { startTracing } from './start-tracing.js';

/** Nobody is there; nothing is sent either. */
const ENDPOINT = 'http://127.0.0.1:1';

const given = (settings: Partial<Configuration>) => Object.assign(new Configuration(), settings);
const makesSpans = () => trace.getTracer('test').startSpan('one').isRecording();

it.each<[Partial<Configuration>, boolean]>([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ENDPOINT }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_SDK_DISABLED: true }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_TRACES_SAMPLER: 'always_off' }, false],
])('spans are made with %j: %s, and none after the end', async (settings, expected) => {
  const tracing = await startTracing(given(settings));
  try {
    expect(makesSpans()).toBe(expected);
  } finally {
    await tracing.stop();
  }
  expect(makesSpans()).toBe(false);
});

it('what goes on for others than the one who began it belongs to no trace', async () => {
  const tracing = await startTracing(given({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }));
  try {
    await inSpan('one', {}, async (span) => {
      await setImmediate();
      expect(trace.getActiveSpan()).toBe(span);
      expect(forNobody(() => trace.getActiveSpan())).toBeUndefined();
    });
  } finally {
    await tracing.stop();
  }
});
