import { useEffect, useRef, useState } from 'react';
import { snapshotFileDownload } from '../../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import { client, streamingFetch } from '../../api/snapback.js';
import { isolated } from '../../ui/isolated.js';
import { useTell } from '../../ui/toasts.js';
import { visible } from '../../ui/visible.js';
import { placeOf } from '../file-path.js';
import { saveFile } from './save-file.js';

export type Download = { file: SnapshotFile } & (
  | { state: 'running'; receivedBytes: number }
  | { state: 'failed'; error: unknown }
  /** The page could not hold it. */
  | { state: 'elsewhere' }
);

export interface Downloads {
  /** What is downloaded, or did not work out. */
  current: Download | undefined;
  start: (file: SnapshotFile) => void;
  /** Ends it, or takes away what is said about it. */
  leave: () => void;
}

const BETWEEN_MS = 100;

/** One download at a time, which ends when the page is left. What was saved is told in the corner. */
export function useDownload(environmentId: string, snapshotId: string): Downloads {
  const [current, setCurrent] = useState<Download>();
  const running = useRef<AbortController>(undefined);
  const tell = useTell();
  useEffect(() => () => running.current?.abort(), []);
  const start = (file: SnapshotFile) => {
    running.current?.abort();
    const leaving = new AbortController();
    const { signal } = leaving;
    running.current = leaving;
    const show = (download: Download | undefined) => signal.aborted || setCurrent(download);
    show({ file, state: 'running', receivedBytes: 0 });
    const ask = () => contentOf({ environmentId, snapshotId }, file, signal);
    const progress = spaced((receivedBytes) => show({ file, state: 'running', receivedBytes }));
    void saveFile(file, ask, { signal, progress }).then(
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

async function contentOf(
  path: { environmentId: string; snapshotId: string },
  file: SnapshotFile,
  signal: AbortSignal,
): Promise<Response> {
  const { response } = await snapshotFileDownload({
    client,
    path,
    query: placeOf(file),
    signal,
    fetch: streamingFetch,
    parseAs: 'stream',
    throwOnError: true,
  });
  return response;
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
