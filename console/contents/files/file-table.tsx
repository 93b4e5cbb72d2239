import { ArchiveRestore, Download, File, Folder, Link2 } from 'lucide-react';
import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import { bytes } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { ExactName } from '../../ui/exact-name.js';
import { Moment } from '../../ui/moment.js';
import { Opening } from '../../ui/opening.js';
import { useOpened } from '../../ui/use-opened.js';
import { visible } from '../../ui/visible.js';
import { crumbsOf, placeOf } from '../file-path.js';
import { FileDetails } from './file-details.js';
import type { FileListProps } from './file-list-props.js';
import { DirectoryLink } from './directory-path.js';
import { permissions } from './permissions.js';

export const KIND = {
  file: { text: 'file', icon: File },
  directory: { text: 'directory', icon: Folder },
  symlink: { text: 'symlink', icon: Link2 },
} as const;

interface FileTableProps extends FileListProps {
  files: SnapshotFile[];
  onEnd: (() => void) | undefined;
}

/** Directories lead into them; all else opens to what is known of it. */
export function FileTable(props: FileTableProps) {
  const { files, onEnd } = props;
  const opened = useOpened<string>();
  return (
    <DataTable
      label="Files"
      columns={columnsOf(props, opened)}
      rows={files}
      keyOf={keyOf}
      onEnd={onEnd}
      detail={openedOf(props, opened)}
    />
  );
}

const keyOf = ({ path, pathBase64 }: SnapshotFile) => JSON.stringify(placeOf({ path, pathBase64 }));

type Opened = ReturnType<typeof useOpened<string>>;

const openedOf =
  ({ ids, where }: FileTableProps, { isOpen }: Opened) =>
  (file: SnapshotFile) =>
    isOpen(keyOf(file)) ? (
      <div className="mt-2 mb-1 rounded-box bg-sunken p-4">
        <FileDetails file={file} ids={ids} where={where} />
      </div>
    ) : undefined;

function columnsOf(props: FileTableProps, opened: Opened): Column<SnapshotFile>[] {
  const { where } = props;
  return [
    { name: 'Name', width: 'minmax(14rem, 3fr)', cell: (file) => <Name of={file} props={props} opened={opened} /> },
    { name: 'Kind', width: '5rem', cell: ({ kind }) => <span className="text-soft">{KIND[kind].text}</span> },
    {
      name: 'Size',
      width: '6rem',
      align: 'right',
      cell: ({ sizeBytes }) => (sizeBytes === null ? <span className="text-soft">–</span> : bytes(sizeBytes)),
    },
    { name: 'Changed', width: '8.5rem', cell: ({ modifiedAt }) => <Moment at={modifiedAt} zone={where.zone} /> },
    {
      name: 'Permissions',
      width: '6.5rem',
      wideOnly: true,
      cell: ({ mode }) => <span className="font-mono text-xs">{permissions(mode)}</span>,
    },
    { name: 'Actions', width: '5rem', cell: (file) => <Actions of={file} props={props} /> },
  ];
}

/** All can be put back; files can be had besides. */
function Actions({
  of: file,
  props: { downloads, whyNotDownload, takingOut },
}: {
  of: SnapshotFile;
  props: FileTableProps;
}) {
  const name = visible(file.name);
  const busy = downloads.current?.state === 'running' ? 'Another file is being downloaded.' : undefined;
  return (
    <span className="-my-1.5 inline-flex gap-2 align-middle">
      <Button
        size="tiny"
        look="quiet"
        aria-label={`Restore ${name}`}
        reason={takingOut.whyNot}
        onClick={() => takingOut.ask({ file })}
      >
        <ArchiveRestore aria-hidden className="size-4" />
      </Button>
      {file.kind === 'file' && (
        <Button
          size="tiny"
          look="quiet"
          aria-label={`Download ${name}`}
          reason={whyNotDownload ?? busy}
          onClick={() => downloads.start(file)}
        >
          <Download aria-hidden className="size-4" />
        </Button>
      )}
    </span>
  );
}

interface NameProps {
  of: SnapshotFile;
  props: FileTableProps;
  opened: Opened;
}

function Name({ of: file, props: { ids, at, search }, opened: { isOpen, turn } }: NameProps) {
  const { kind, name, target } = file;
  const Icon = KIND[kind].icon;
  const key = keyOf(file);
  // What was found lies in directories of its own.
  const above = search === undefined ? [] : crumbsOf(placeOf(file)).slice(crumbsOf(at).length, -1);
  const directory = above.at(-1);
  return (
    <span className="flex min-w-0 items-start gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${kind === 'directory' ? 'text-accent' : 'text-soft'}`} />
      <span className="min-w-0">
        {kind === 'directory' ? (
          // Where the names of all else begin, which have a mark before them.
          <span className="block pl-5">
            <DirectoryLink ids={ids} at={placeOf(file)}>
              <ExactName name={name} />
            </DirectoryLink>
          </span>
        ) : (
          <Opening isOpen={isOpen(key)} turn={() => turn(key)}>
            <ExactName name={name} />
            {target !== null && (
              <span className="text-soft">
                {' '}
                leads to <ExactName name={target} />
              </span>
            )}
          </Opening>
        )}
        {directory !== undefined && (
          <span className="block pl-5 text-xs font-normal text-soft">
            in{' '}
            <DirectoryLink ids={ids} at={directory.at}>
              <ExactName name={above.map((one) => one.name).join('/')} />
            </DirectoryLink>
          </span>
        )}
      </span>
    </span>
  );
}
