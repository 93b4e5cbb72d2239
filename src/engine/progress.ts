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

/** For callers that do not watch. */
export const silentProgress: ProgressSink = { report: () => undefined };

/** What every long call of the engine takes: always cancellable, always observable. */
export interface WorkContext {
  /** Aborting rejects the call with `signal.reason` after its child processes have ended. */
  signal: AbortSignal;
  progress: ProgressSink;
}
