export type KeyErrorCode = 'wrong-master-key' | 'master-key-invalid' | 'key-file-damaged' | 'key-file-missing';

/** Why a key cannot be had, in a sentence that says what to do and never contains a key. */
export class KeyError extends Error {
  constructor(
    readonly code: KeyErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'KeyError';
  }
}
