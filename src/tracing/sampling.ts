import { type Context, isSpanContextValid, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace';
import type { Configuration } from '../config/configuration.js';

const PARENT_BASED = 'parentbased_';

/**
 * Which traces are recorded. It is decided once for each, where it enters: what comes after goes by that, in this process and in the
 * workers.
 *
 * Unless the operator says `parentbased_…`, what a request says of itself decides nothing: a caller could have all that it does recorded,
 * or nothing. Nor does a share go by the trace's id, as it may elsewhere: a caller chooses that, too.
 */
export class EntrySampler implements Sampler {
  private readonly goesByCaller: boolean;
  private readonly share: number;

  constructor(
    private readonly name: Configuration['OTEL_TRACES_SAMPLER'],
    ratio: number,
    private readonly dice: () => number = Math.random,
  ) {
    this.goesByCaller = name.startsWith(PARENT_BASED);
    const kind = name.replace(PARENT_BASED, '');
    this.share = kind === 'always_on' ? 1 : kind === 'always_off' ? 0 : ratio;
  }

  shouldSample(context: Context, _traceId: string, _name: string, kind: SpanKind): SamplingResult {
    const parent = trace.getSpanContext(context);
    // A server's span is the first of ours whatever its parent is; the parent of any other one is ours.
    const hasVoice =
      parent !== undefined && isSpanContextValid(parent) && (kind !== SpanKind.SERVER || this.goesByCaller);
    const isRecorded = hasVoice ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0 : this.dice() < this.share;
    return { decision: isRecorded ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return `EntrySampler{${this.name}, ${this.share}}`;
  }
}
