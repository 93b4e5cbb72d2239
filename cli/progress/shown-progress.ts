/** How far something is, as all three kinds of work tell it. */
export interface WorkProgress {
  percent: number;
  bytesDone: number;
  bytesTotal: number | null;
  filesDone: number;
  filesTotal: number | null;
  bytesPerSecond: number | null;
  remainingSeconds: number | null;
  message: string;
  status: string;
  phase: string | null;
  final: boolean;
}

/** Shows people how far something is. */
export interface ShownProgress {
  show(progress: WorkProgress): void;
  /** Nothing of it stays on the screen; what was printed stays printed. */
  end(): void;
}
