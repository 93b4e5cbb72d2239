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
