export type EmbeddedPostgresErrorCode =
  | 'os-user-missing'
  | 'directory-unusable'
  | 'directory-in-use'
  | 'password-missing'
  | 'version-unavailable'
  | 'initdb-failed'
  | 'start-failed'
  | 'stop-failed';

/** Why the service's own PostgreSQL could not be run. The message says what to do and never contains a password. */
export class EmbeddedPostgresError extends Error {
  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
  }
}
