import type { SnapshotProgress } from '../../sdk/typescript/index.js';

type Figures = Pick<
  SnapshotProgress,
  | 'percent'
  | 'bytesDone'
  | 'bytesTotal'
  | 'filesDone'
  | 'filesTotal'
  | 'bytesPerSecond'
  | 'remainingSeconds'
  | 'message'
  | 'final'
>;

/** How far something is, as all three kinds of work tell it; each has states and phases of its own. */
export type WorkProgress = Figures & { status: string; phase: string | null };

/** Shows people how far something is. */
export interface ShownProgress {
  show(progress: WorkProgress): void;
  /** Nothing of it stays on the screen; what was printed stays printed. */
  end(): void;
}
