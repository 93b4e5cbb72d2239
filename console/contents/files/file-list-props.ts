import type { Where } from '../../snapshot/naming.js';
import type { SnapshotIds } from '../contents-page.js';
import type { TakingOut } from '../../items/taking-out.js';
import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import type { Downloads } from '../download/use-downloads.js';
import type { FilePath } from '../file-path.js';

/** What is looked at, and what can be done with it. */
export interface FileListProps {
  ids: SnapshotIds;
  where: Where;
  at: FilePath;
  search: string | undefined;
  downloads: Downloads<SnapshotFile>;
  whyNotDownload: string | undefined;
  takingOut: TakingOut;
  showAll: () => void;
}
