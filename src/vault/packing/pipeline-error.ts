export type PipelineErrorCode = 'worker-died' | 'pipeline-closed';

/** Why the pipeline cannot finish what it was given. Nothing it was given counts as stored then. */
export class PipelineError extends Error {
  constructor(
    readonly code: PipelineErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'PipelineError';
  }
}

/** Of all that is under way, and all that is asked later, when a capture is ended. */
export function pipelineClosed(): PipelineError {
  return new PipelineError('pipeline-closed', 'The capture was ended before everything was stored.');
}
