export type VaultErrorCode =
  | 'manifest-missing'
  | 'manifest-damaged'
  | 'chunk-missing'
  | 'chunk-damaged'
  | 'vault-unwritable'
  | 'vault-unreadable'
  | 'vault-missing'
  | 'vault-too-old'
  | 'vault-too-new'
  | 'store-unsupported'
  | 'disk-full';

const DAMAGE: readonly VaultErrorCode[] = ['manifest-missing', 'manifest-damaged', 'chunk-missing', 'chunk-damaged'];

/** Why the vault could not keep a promise, in a sentence that says what is affected. */
export class VaultError extends Error {
  constructor(
    readonly code: VaultErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'VaultError';
  }

  /** Whether something that was stored is not there, or not whole; everything else may be otherwise the next time. */
  get isDamage(): boolean {
    return DAMAGE.includes(this.code);
  }
}
