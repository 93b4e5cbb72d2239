import { SnapbackError } from '../../../sdk/typescript/index.js';
import { bytes } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { CommandLine } from '../../ui/command-line.js';
import { ExactName } from '../../ui/exact-name.js';
import { Failed } from '../../ui/failed.js';
import { Notice } from '../../ui/notice.js';
import { Progress } from '../../ui/progress.js';
import { isolated } from '../../ui/isolated.js';
import { visible } from '../../ui/visible.js';
import type { Downloadable } from './save-file.js';
import type { Download, Downloads } from './use-downloads.js';
import { HELD_BYTES } from './way-of-download.js';

interface DownloadPanelProps<F extends Downloadable> {
  downloads: Downloads<F>;
  /** What downloads it from a terminal. */
  commandFor: (file: F) => string;
  /** What takes a permission of its own. */
  ofProduction: string;
}

/** How far the download is; why it did not work out; what to do instead. */
export function DownloadPanel<F extends Downloadable>({
  downloads: { current, start, leave },
  commandFor,
  ofProduction,
}: DownloadPanelProps<F>) {
  return (
    <>
      {/* Told once when it begins, and not at each step. */}
      <p role="status" className="sr-only">
        {current?.state === 'running' && `Downloading ${visible(current.file.name)}.`}
      </p>
      {current?.state === 'running' && <Running of={current} cancel={leave} />}
      {current?.state === 'elsewhere' && (
        <Notice tone="info" title={<Named of={current} what="is too large for this page" />}>
          <p className="mt-1 mb-2 text-ink">
            It has {bytes(current.file.sizeBytes ?? 0)}. This browser lets no page write into a file, so that the page
            would have to hold all of it; it holds {bytes(HELD_BYTES)} at the most. From a terminal it can be had:
          </p>
          <CommandLine text={commandFor(current.file)} what="the command" />
          <Button size="small" className="mt-3" onClick={leave}>
            Close
          </Button>
        </Notice>
      )}
      {current?.state === 'failed' && (
        <>
          <WhyRefused error={current.error} ofProduction={ofProduction} />
          <Failed error={current.error} again={() => start(current.file)} />
        </>
      )}
    </>
  );
}

type Present = Download<Downloadable>;

function Running({ of: { file, receivedBytes }, cancel }: { of: Present & { state: 'running' }; cancel: () => void }) {
  const size = file.sizeBytes ?? 0;
  return (
    <div className="flex flex-wrap items-center gap-4 rounded-box border bg-surface px-4 py-3">
      <div className="min-w-0 grow">
        <Progress
          label={`Downloading ${isolated(visible(file.name))}`}
          percent={size === 0 ? null : (100 * receivedBytes) / size}
          processedBytes={receivedBytes}
          totalBytes={size}
        />
      </div>
      <Button size="small" onClick={cancel}>
        Cancel
      </Button>
    </div>
  );
}

function Named({ of: { file }, what }: { of: Present; what: string }) {
  return (
    <>
      <ExactName name={file.name} /> {what}
    </>
  );
}

/** The service names the permission that is missing; why it takes that one, the page says. */
function WhyRefused({ error, ofProduction }: { error: unknown; ofProduction: string }) {
  const isRefused = error instanceof SnapbackError && error.code === 'permission-missing';
  return isRefused && <Notice tone="warn">{ofProduction}</Notice>;
}
