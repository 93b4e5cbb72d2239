import type { EngineErrorCode } from '../../engine-error.js';
import type { PackedItems } from './packed-items.js';

/** What a scanning thread is started with: the directory, held open, and where it was then; and what is wanted of it. */
export interface ScannerStart {
  fd: number;
  path: Uint8Array;
  leaveOutUnreadable: boolean;
}

/** `scan` begins with directories, relative to the root; `more` goes on with them. */
export type ScanRequest = { kind: 'scan'; directories: Uint8Array[] } | { kind: 'more' };

export type ScanAnswer =
  | { items: PackedItems; done: boolean }
  /** An `EngineError`; the driver's words have come with it. */
  | { failure: { code: EngineErrorCode; message: string; cause: unknown } };
