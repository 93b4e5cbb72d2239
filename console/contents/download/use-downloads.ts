import { useEffect, useRef, useState } from 'react';
import { isolated } from '../../ui/isolated.js';
import { useTell } from '../../ui/toasts.js';
import { visible } from '../../ui/visible.js';
import { saveFile, type Downloadable } from './save-file.js';

export type Download<F extends Downloadable> = { file: F } & (
  | { state: 'running'; receivedBytes: number }
  | { state: 'failed'; error: unknown }
  /** The page could not hold it. */
  | { state: 'elsewhere' }
);

export interface Downloads<F extends Downloadable> {
  /** What is downloaded, or did not work out. */
  current: Download<F> | undefined;
  start: (file: F) => void;
  /** Ends it, or takes away what is said about it. */
  leave: () => void;
}

const BETWEEN_MS = 100;

/** One download at a time, which ends when the page is left. What was saved is told in the corner. */
export function useDownloads<F extends Downloadable>(
  contentOf: (file: F, signal: AbortSignal) => Promise<Response>,
): Downloads<F> {
  const [current, setCurrent] = useState<Download<F>>();
  const running = useRef<AbortController>(undefined);
  const tell = useTell();
  useEffect(() => () => running.current?.abort(), []);
  const start = (file: F) => {
    running.current?.abort();
    const leaving = new AbortController();
    const { signal } = leaving;
    running.current = leaving;
    const show = (download: Download<F> | undefined) => signal.aborted || setCurrent(download);
    show({ file, state: 'running', receivedBytes: 0 });
    const progress = spaced((receivedBytes) => show({ file, state: 'running', receivedBytes }));
    void saveFile(file, () => contentOf(file, signal), { signal, progress }).then(
      (saved) => {
        show(saved === 'elsewhere' ? { file, state: 'elsewhere' } : undefined);
        if (saved === 'saved' && !signal.aborted) tell(`${isolated(visible(file.name))} was downloaded.`);
      },
      (error: unknown) => {
        show({ file, state: 'failed', error });
        // What still comes of it nobody reads.
        leaving.abort();
      },
    );
  };
  const leave = () => {
    running.current?.abort();
    setCurrent(undefined);
  };
  return { current, start, leave };
}

/** Pieces come by the thousand; nobody reads so fast. */
function spaced(show: (receivedBytes: number) => void): (receivedBytes: number) => void {
  let last = 0;
  return (receivedBytes) => {
    const now = performance.now();
    if (now - last < BETWEEN_MS) return;
    last = now;
    show(receivedBytes);
  };
}
