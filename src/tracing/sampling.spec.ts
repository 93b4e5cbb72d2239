import { type Context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { EntrySampler } from './sampling.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const below = (traceFlags: number): Context =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE, spanId: 'b7ad6b7169203331', traceFlags, isRemote: true });
const SAMPLED = below(1);
const UNSAMPLED = below(0);

type Name = ConstructorParameters<typeof EntrySampler>[0];

function isRecorded(name: Name, context: Context, kind = SpanKind.SERVER, ratio = 0.25, die = 0.5): boolean {
  const { decision } = new EntrySampler(name, ratio, () => die).shouldSample(context, TRACE, 'GET', kind);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

describe('whether a request is recorded', () => {
  it.each<[Name, boolean]>([
    ['always_on', true],
    ['always_off', false],
    ['traceidratio', false],
  ])('is not for the caller to say: %s', (name, expected) => {
    for (const context of [ROOT_CONTEXT, SAMPLED, UNSAMPLED]) expect(isRecorded(name, context)).toBe(expected);
  });

  it.each<Name>(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'])(
    'is for the caller to say where the operator wants that: %s',
    (name) => {
      expect(isRecorded(name, SAMPLED)).toBe(true);
      expect(isRecorded(name, UNSAMPLED)).toBe(false);
      expect(isRecorded(name, ROOT_CONTEXT)).toBe(name.endsWith('always_on'));
    },
  );

  it('goes by a share of them, whatever their ids are', () => {
    const share = (die: number) => isRecorded('traceidratio', SAMPLED, SpanKind.SERVER, 0.25, die);
    expect([0, 0.2499, 0.25, 0.9].map(share)).toEqual([true, true, false, false]);
    expect(isRecorded('traceidratio', ROOT_CONTEXT, SpanKind.SERVER, 0, 0)).toBe(false);
    expect(isRecorded('traceidratio', ROOT_CONTEXT, SpanKind.SERVER, 1, 0.999_999)).toBe(true);
  });
});

it('what comes after goes by what was decided, in jobs as in phases', () => {
  for (const kind of [SpanKind.CONSUMER, SpanKind.INTERNAL, SpanKind.CLIENT]) {
    expect(isRecorded('always_off', SAMPLED, kind)).toBe(true);
    expect(isRecorded('always_on', UNSAMPLED, kind)).toBe(false);
  }
  expect(isRecorded('always_on', ROOT_CONTEXT, SpanKind.CONSUMER)).toBe(true);
});
