export type PackErrorCode = 'pack-damaged' | 'wrong-key' | 'unknown-format';

/** The part of a pack that is not what was written; `pack` when more cannot be said. */
export type PackPart = 'pack' | 'header' | 'frame' | 'index' | 'footer';

/** Why a pack, or one chunk of it, cannot be used, in a sentence that says what is affected. */
export class PackError extends Error {
  constructor(
    readonly code: PackErrorCode,
    message: string,
    readonly part: PackPart,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'PackError';
  }
}

/** A pack whose bytes are not those that were written. */
export function damaged(part: PackPart, what: string, cause?: unknown): PackError {
  return new PackError('pack-damaged', `The pack is damaged: ${what}.`, part, { cause });
}
