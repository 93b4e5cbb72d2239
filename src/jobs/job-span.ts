import { type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { JobWithMetadata } from 'pg-boss';
import { inSpan } from '../engine/spans.js';
import type { JobDefinition, JobDescription, JobSummary } from './job-definition.js';
import type { JobEnd } from './job-ends.js';

/** A job as its span needs it. */
export type TracedJob = Pick<JobWithMetadata<object>, 'id' | 'createdOn' | 'startAfter' | 'startedOn' | 'retryCount'>;

/**
 * Runs a job, or gives it up, as one span of the trace that ordered it, however long it has waited: whoever looks from the request on
 * finds what became of it. The queue has put that trace around this call (`JOB_TRACES`); a job that nobody's request ordered begins one.
 */
export function inJobSpan(
  what: 'run' | 'abandon',
  { name }: Pick<JobDefinition<object>, 'name'>,
  { id, createdOn, startAfter, startedOn, retryCount }: TracedJob,
  work: (span: Span) => Promise<void>,
): Promise<void> {
  const dueAt = Math.max(createdOn.getTime(), startAfter.getTime());
  const attributes = {
    'snapback.job.kind': name,
    'snapback.job.id': id,
    // By the clock of the state database alone.
    'snapback.job.wait_ms': Math.max(0, startedOn.getTime() - dueAt),
    'snapback.job.tries': retryCount,
  };
  return inSpan(`${what} ${name}`, { kind: SpanKind.CONSUMER, attributes }, work);
}

/** What the job is about. */
export function describeInSpan(span: Span, { environmentId, attempt, ...ids }: Partial<JobDescription>): void {
  span.setAttributes({
    'snapback.environment.id': environmentId,
    'snapback.snapshot.id': ids.snapshotId,
    'snapback.deployment.id': ids.deploymentId,
    'snapback.verification.id': ids.verificationId,
    'snapback.job.attempt': attempt,
  });
}

/** What came of the run, and, where that is known, of what it was about. */
export function endInSpan(span: Span, end: JobEnd['outcome'], summary: JobSummary | null = null): void {
  span.setAttributes({
    'snapback.job.end': end,
    'snapback.outcome': summary?.outcome,
    'snapback.bytes': summary?.bytes,
    'snapback.stored_bytes': summary?.storedBytes,
  });
  if (summary?.outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
}
