import type { Figures } from './progress-recorder.js';

export type FiguresAtRest = Omit<Figures, 'phase'> & { final: boolean };

/** What a progress event says of work that nobody is at: it waits, or, `final`, has ended. */
export function figuresAtRest(message: string, final: boolean): FiguresAtRest {
  return {
    percent: final ? 100 : 0,
    bytesDone: 0,
    bytesTotal: null,
    filesDone: 0,
    filesTotal: null,
    bytesPerSecond: null,
    remainingSeconds: null,
    message,
    at: new Date().toISOString(),
    final,
  };
}
