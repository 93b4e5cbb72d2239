import { Link } from '@tanstack/react-router';
import type { FileChange, SnapshotFile } from '../../../sdk/typescript/index.js';
import { bytes, exact } from '../../ui/amounts.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { ExactName } from '../../ui/exact-name.js';
import { Facts } from '../../ui/facts.js';
import { linkLook } from '../../ui/link.js';
import { Opening } from '../../ui/opening.js';
import { useOpened } from '../../ui/use-opened.js';
import type { SnapshotIds } from '../contents-page.js';
import { placeOf } from '../file-path.js';
import { KIND } from '../files/file-table.js';
import { octal, permissions } from '../files/permissions.js';
import { ChangeMark } from './change-mark.js';
import { aspectsSaid, sizesBeside } from './change-words.js';
import type { Sides } from './sides.js';

interface FileChangesProps {
  changes: FileChange[];
  onEnd: (() => void) | undefined;
  sides: Sides;
  zone: string;
}

/** Files by what of them has changed; each opens to what it was and is. */
export function FileChanges({ changes, onEnd, sides, zone }: FileChangesProps) {
  const opened = useOpened<string>();
  return (
    <DataTable
      label="Files"
      columns={columnsOf(opened)}
      rows={changes}
      keyOf={keyOf}
      onEnd={onEnd}
      detail={openedOf(opened, sides, zone)}
    />
  );
}

const keyOf = ({ path, pathBase64 }: FileChange) => JSON.stringify(placeOf({ path, pathBase64 }));

type Opened = ReturnType<typeof useOpened<string>>;

const openedOf =
  ({ isOpen }: Opened, sides: Sides, zone: string) =>
  (change: FileChange) =>
    isOpen(keyOf(change)) ? <BothSides of={change} sides={sides} zone={zone} /> : undefined;

function columnsOf({ isOpen, turn }: Opened): Column<FileChange>[] {
  return [
    {
      name: 'Path',
      width: 'minmax(14rem, 3fr)',
      cell: (change) => {
        const Icon = KIND[(change.after ?? change.before)?.kind ?? 'file'].icon;
        return (
          <span className="flex min-w-0 items-start gap-2">
            <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-soft" />
            <Opening isOpen={isOpen(keyOf(change))} turn={() => turn(keyOf(change))}>
              <ExactName name={change.path} />
            </Opening>
          </span>
        );
      },
    },
    { name: 'Change', width: '7rem', cell: ({ change }) => <ChangeMark of={change} /> },
    { name: 'What of it', width: 'minmax(10rem, 1.5fr)', cell: aspectsSaid },
    { name: 'Size', width: '11rem', align: 'right', cell: sizesBeside },
  ];
}

interface BothSidesProps {
  of: FileChange;
  sides: Sides;
  zone: string;
}

function BothSides({ of: { before, after }, sides, zone }: BothSidesProps) {
  const { projectId, with: snapshotId, withEnvironmentId: environmentId } = sides;
  return (
    <div className="mt-2 mb-1 rounded-box bg-sunken p-4">
      <Facts
        of={[
          ['Before', <OneSide key="before" of={before} ids={sides} zone={zone} />],
          ['After', <OneSide key="after" of={after} ids={{ projectId, environmentId, snapshotId }} zone={zone} />],
        ]}
      />
    </div>
  );
}

interface OneSideProps {
  of: SnapshotFile | null;
  /** The snapshot that it is in. */
  ids: SnapshotIds;
  zone: string;
}

function OneSide({ of: file, ids: { projectId, environmentId, snapshotId }, zone }: OneSideProps) {
  if (file === null) return <span className="text-soft">not there</span>;
  const { kind, sizeBytes, mode, uid, gid, modifiedAt, target } = file;
  return (
    <>
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/files"
        params={{ projectId, environmentId, snapshotId }}
        search={{ ...placeOf(file) }}
        className={linkLook}
      >
        {KIND[kind].text}
        <span className="sr-only"> in this snapshot</span>
      </Link>
      {sizeBytes !== null && `, ${bytes(sizeBytes)}`}
      {target !== null && (
        <>
          {' '}
          that leads to <ExactName name={target} />
        </>
      )}
      , {permissions(mode)} ({octal(mode)}), owner and group {uid}, {gid}, changed {exact(new Date(modifiedAt), zone)}
    </>
  );
}
