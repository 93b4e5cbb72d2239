import { getRouteApi } from '@tanstack/react-router';
import type { SnapshotDetails } from '../../../sdk/typescript/index.js';
import { present } from '../../address/present.js';
import { useTakingOut } from '../../items/taking-out.js';
import { useWhyNot } from '../../session/use-access.js';
import type { Where } from '../../snapshot/naming.js';
import { bytes, count } from '../../ui/amounts.js';
import { FilterText } from '../../ui/filter-text.js';
import { Moment } from '../../ui/moment.js';
import { Notice } from '../../ui/notice.js';
import { ContentsPage, type SnapshotIds } from '../contents-page.js';
import { DownloadPanel } from '../download/download-panel.js';
import { downloadCommand } from '../download/naming.js';
import { belowSnapshot } from '../download/naming.js';
import { useDownload } from '../download/use-download.js';
import type { FilePath } from '../file-path.js';
import { FileList } from './file-list.js';
import { DirectoryPath } from './directory-path.js';

const OF_PRODUCTION =
  'Files of a production environment are downloaded only with the permission environments:write: its data is not for everybody who may look.';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/files');

/** Is the file in this snapshot, and can I have it back by itself? */
export function FilesPage() {
  const ids = route.useParams();
  const search = route.useSearch();
  return (
    <ContentsPage ids={ids} what="Files" below={belowSnapshot('files', search)} answer={answerOf}>
      {(_, where) => <Files ids={ids} where={where} />}
    </ContentsPage>
  );
}

function answerOf({ fileCount, filestoreBytes, startedAt, createdAt }: SnapshotDetails, zone: string) {
  return (
    <>
      {count(fileCount ?? 0)} {fileCount === 1 ? 'file' : 'files'} with {bytes(filestoreBytes ?? 0)}, as they were{' '}
      <Moment at={startedAt ?? createdAt} zone={zone} />.
    </>
  );
}

function Files({ ids, where }: { ids: SnapshotIds; where: Where }) {
  const { search, ...at } = route.useSearch();
  const navigate = route.useNavigate();
  const downloads = useDownload(ids.environmentId, ids.snapshotId);
  const takingOut = useTakingOut(ids.snapshotId, where);
  const whyNot = useWhyNot();
  const mayDownload = where.environmentType !== 'production' || whyNot('environments:write') === undefined;
  const look = (text: string) =>
    void navigate({
      search: (before) => present({ ...before, search: text }),
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      {!mayDownload && <Notice tone="info">{OF_PRODUCTION}</Notice>}
      <DownloadPanel
        downloads={downloads}
        commandFor={(file) => downloadCommand(file, ids.snapshotId, where)}
        ofProduction={OF_PRODUCTION}
      />
      {takingOut.shown}
      <div className="grid items-end gap-4 md:grid-cols-[minmax(0,1fr)_minmax(16rem,24rem)]">
        <DirectoryPath ids={ids} at={at} />
        <FilterText label="Search in this directory and below" value={search ?? ''} onChange={look} />
      </div>
      <FileList
        // What is opened, and where one was in it, belongs to one list.
        key={keyOf(at, search)}
        {...{ ids, where, at, search, downloads, takingOut }}
        whyNotDownload={mayDownload ? undefined : OF_PRODUCTION}
        showAll={() => look('')}
      />
    </>
  );
}

function keyOf({ path, pathBase64 }: FilePath, search: string | undefined): string {
  return JSON.stringify([path, pathBase64, search]);
}
