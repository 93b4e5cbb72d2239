import { useQuery } from '@tanstack/react-query';
import { snapshotFileViewOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { SnapbackError } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import { Button } from '../../ui/button.js';
import { Card } from '../../ui/card.js';
import { Empty } from '../../ui/empty.js';
import { ExactName } from '../../ui/exact-name.js';
import { Loading } from '../../ui/loading.js';
import { ContentsFailed } from '../contents-failed.js';
import { FileDetails } from './file-details.js';
import type { FileListProps } from './file-list-props.js';
import { DirectoryLink } from './directory-path.js';

/** What the address leads to when it is no directory: a file or a link, or nothing. */
export function OneFile({ ids, where, at, downloads, whyNotDownload, takingOut }: FileListProps) {
  const { environmentId, snapshotId } = ids;
  const {
    data: file,
    error,
    refetch,
  } = useQuery({
    ...snapshotFileViewOptions({ client, path: { environmentId, snapshotId }, query: at }),
    staleTime: Infinity,
  });
  if (error instanceof SnapbackError && error.code === 'not-found')
    return (
      <Empty title="The snapshot has nothing at this path">
        It may not have been there yet, or not any more, when the snapshot was taken.{' '}
        <DirectoryLink ids={ids} at={{}}>
          All of the filestore
        </DirectoryLink>
      </Empty>
    );
  if (error !== null) return <ContentsFailed error={error} again={() => void refetch()} where={where} />;
  if (file === undefined) return <Loading what="the file" rows={4} />;
  const isRunning = downloads.current?.state === 'running';
  return (
    <Card
      title={<ExactName name={file.name} />}
      aside={
        <span className="flex flex-wrap gap-2">
          <Button reason={takingOut.whyNot} onClick={() => takingOut.ask({ file })}>
            Restore…
          </Button>
          {file.kind === 'file' && (
            <Button look="primary" busy={isRunning} reason={whyNotDownload} onClick={() => downloads.start(file)}>
              Download
            </Button>
          )}
        </span>
      }
    >
      <FileDetails file={file} ids={ids} where={where} isAlone />
    </Card>
  );
}
