import type { WatchedOperation } from './watched-operation.js';

/** Where what is watched is told. */
export interface WatchDisplay {
  /** Nobody reads it any more. */
  readonly isUnread: boolean;
  /** All that there is now: what needs a person first, then the oldest. */
  show(watched: readonly WatchedOperation[]): void;
  /** It is not there any more. */
  ended(watched: WatchedOperation): void;
  close(): void;
}
