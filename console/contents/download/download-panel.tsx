import { SnapbackError } from '../../../sdk/typescript/index.js';
import type { Where } from '../../snapshot/naming.js';
import { bytes } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { CommandLine } from '../../ui/command-line.js';
import { ExactName } from '../../ui/exact-name.js';
import { Failed } from '../../ui/failed.js';
import { Notice } from '../../ui/notice.js';
import { Progress } from '../../ui/progress.js';
import { isolated } from '../../ui/isolated.js';
import { visible } from '../../ui/visible.js';
import { downloadCommand } from './naming.js';
import type { Download, Downloads } from './use-download.js';
import { HELD_BYTES } from './way-of-download.js';

interface DownloadPanelProps {
  downloads: Downloads;
  snapshotId: string;
  where: Where;
}

/** How far the download is; why it did not work out; what to do instead. */
export function DownloadPanel({ downloads: { current, start, leave }, snapshotId, where }: DownloadPanelProps) {
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
          <CommandLine text={downloadCommand(current.file, snapshotId, where)} what="the command" />
          <Button size="small" className="mt-3" onClick={leave}>
            Close
          </Button>
        </Notice>
      )}
      {current?.state === 'failed' && (
        <>
          <WhyRefused error={current.error} />
          <Failed error={current.error} again={() => start(current.file)} />
        </>
      )}
    </>
  );
}

function Running({ of: { file, receivedBytes }, cancel }: { of: Download & { state: 'running' }; cancel: () => void }) {
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

function Named({ of: { file }, what }: { of: Download; what: string }) {
  return (
    <>
      <ExactName name={file.name} /> {what}
    </>
  );
}

export const OF_PRODUCTION =
  'Files of a production environment are downloaded only with the permission environments:write: its data is not for everybody who may look.';

/** The service names the permission that is missing; why it takes that one, the page says. */
function WhyRefused({ error }: { error: unknown }) {
  const isRefused = error instanceof SnapbackError && error.code === 'permission-missing';
  return isRefused && <Notice tone="warn">{OF_PRODUCTION}</Notice>;
}
