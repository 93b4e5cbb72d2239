import { useInfiniteQuery } from '@tanstack/react-query';
import { snapshotFileListInfiniteOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { SnapbackError } from '../../../sdk/typescript/index.js';
import { byCursorOf, PAGE_LIMIT } from '../../api/pages.js';
import { client } from '../../api/snapback.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';
import { FoundList } from '../found-list.js';
import type { FileListProps } from './file-list-props.js';
import { FileTable } from './file-table.js';
import { OneFile } from './one-file.js';

/** What is in a directory, or found below it; the file, where the address leads to one. */
export function FileList(props: FileListProps) {
  const { ids, where, at, search, showAll } = props;
  const { environmentId, snapshotId } = ids;
  const path = { environmentId, snapshotId };
  const found = useInfiniteQuery({
    ...snapshotFileListInfiniteOptions({
      client,
      path,
      query: { ...at, limit: PAGE_LIMIT, ...(search !== undefined && { search }) },
    }),
    ...byCursorOf(path),
    // A snapshot does not change.
    staleTime: Infinity,
  });
  const isNoDirectory = found.error instanceof SnapbackError && found.error.code === 'not-found';
  if (isNoDirectory) return <OneFile {...props} />;
  return (
    <FoundList
      found={found}
      words={['entry', 'entries']}
      where={where}
      empty={
        search === undefined ? (
          <Empty title="There is nothing in this directory" />
        ) : (
          <Empty title="Nothing here or below is called like that">
            <Button size="small" onClick={showAll}>
              Show all of the directory
            </Button>
          </Empty>
        )
      }
    >
      {(files, onEnd) => <FileTable {...props} files={files} onEnd={onEnd} />}
    </FoundList>
  );
}
