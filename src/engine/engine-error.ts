/**
 * Why an engine could not do its work. The code is stable and reaches the API; the message is a
 * sentence for the person who has to act and never contains a secret; the cause has the driver's words.
 */
export type EngineErrorCode =
  | 'database-unreachable'
  | 'database-authentication-failed'
  | 'database-missing'
  | 'database-permission-denied'
  | 'database-error'
  | 'client-tools-missing'
  | 'client-tools-too-old'
  | 'dump-failed'
  | 'tables-busy'
  | 'schema-changed'
  | 'requirements-missing'
  | 'restore-failed'
  | 'shadow-entered'
  | 'verification-failed'
  | 'standby-called-off'
  | 'filestore-missing'
  | 'filestore-not-a-directory'
  | 'filestore-outside-roots'
  | 'filestore-unreadable'
  | 'filestore-unwritable'
  | 'filestore-exchange-unsupported'
  | 'filestore-tampered'
  | 'export-unfit'
  | 'item-missing'
  | 'item-in-the-way'
  | 'item-changed'
  | 'place-taken'
  | 'disk-full'
  | 'sessions-in-the-way'
  | 'hook-failed'
  | 'cutover-failed'
  | 'cutover-incomplete'
  | 'snapshot-damaged'
  | 'base-unusable'
  | 'dangling-references'
  | 'file-references-failed'
  | 'exclude-everything'
  | 'exclude-needed';

export class EngineError extends Error {
  constructor(
    readonly code: EngineErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'EngineError';
  }
}
