/** An error the server answers with, as XML. */
export class S3Failure extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message = code,
    /** The header it is about. */
    readonly header?: string,
  ) {
    super(message);
  }
}
