import type { Attributes } from '@opentelemetry/api';
import { inSpan } from './spans.js';

/** The parts of a capture, in the order in which they run. */
export type CapturePhase = 'prepare' | 'database' | 'filestore' | 'publish';

/** The parts of a rollback, in the order in which they run. */
export type RestorePhase = 'prepare' | 'stage-database' | 'stage-filestore' | 'verify' | 'cutover' | 'cleanup';

/** What the engine knows at one moment. A total that is not known yet is left out. */
export interface ProgressUpdate {
  phase: CapturePhase | RestorePhase;
  bytesDone?: number;
  bytesTotal?: number;
  filesDone?: number;
  filesTotal?: number;
  /** One sentence for a person, without secrets. */
  message?: string;
}

/**
 * Where an engine says how far it is. It may be called as often as the work advances: the
 * receiver throttles. It never throws and never waits, so that nobody who watches slows the work.
 */
export interface ProgressSink {
  report(update: ProgressUpdate): void;
}

/**
 * Where a capture says when the work of its phases really begins and ends. Progress follows one phase after the other; database and
 * filestore run side by side. A phase that begins a second time begins all of them anew. It never throws and never waits.
 */
export interface PhaseWatcher {
  began(phase: CapturePhase): void;
  /** It has gone well. Of one that fails nothing is said: the capture rejects. */
  ended(phase: CapturePhase): void;
  /** It was given up because the one beside it has failed. */
  stopped(phase: CapturePhase): void;
}

/** For callers that do not watch. */
export const silentProgress: ProgressSink = { report: () => undefined };

/** What every long call of the engine takes: always cancellable, always observable. */
export interface WorkContext {
  /** Aborting rejects the call with `signal.reason` after its child processes have ended. */
  signal: AbortSignal;
  progress: ProgressSink;
}

/** What a capture takes. */
export interface CaptureContext extends WorkContext {
  phases?: PhaseWatcher;
}

/**
 * Does the work of one phase, as one span of the trace; programs that it runs are below it. `figures` says how much it was, when it
 * went well. That the phase has begun is still told to whoever watches by a report.
 */
export function inPhase<T>(
  phase: ProgressUpdate['phase'],
  work: () => Promise<T>,
  figures: (result: T) => Attributes = () => ({}),
): Promise<T> {
  return inSpan(phase, { attributes: { 'snapback.phase': phase } }, async (span) => {
    const result = await work();
    span.setAttributes(figures(result));
    return result;
  });
}
