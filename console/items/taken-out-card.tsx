import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { itemRestoreListInfiniteOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Environment, ItemRestore } from '../../sdk/typescript/index.js';
import { byCursorOf, itemsOf, nextOf, PAGE_LIMIT, totalOf } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { useMay } from '../session/use-access.js';
import { Badge } from '../ui/badge.js';
import { Card } from '../ui/card.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { ExactName } from '../ui/exact-name.js';
import { linkLook } from '../ui/link.js';
import { Moment, useNow } from '../ui/moment.js';
import { Opening } from '../ui/opening.js';
import { useOpened } from '../ui/use-opened.js';
import { ITEM_RESTORE_STATUS } from '../ui/words.js';
import { ItemRestoreState } from './item-restore-state.js';
import { UndoItems } from './undo-items.js';

interface TakenOutCardProps {
  environment: Pick<Environment, 'id' | 'projectId' | 'name' | 'type'>;
  zone: string;
}

/** What was taken out of snapshots, where it is, and its undo. Nothing where nothing ever was. */
export function TakenOutCard({ environment, zone }: TakenOutCardProps) {
  const may = useMay('rollbacks:read');
  const path = { environmentId: environment.id };
  const found = useInfiniteQuery({
    ...itemRestoreListInfiniteOptions({ client, path, query: { limit: PAGE_LIMIT } }),
    ...byCursorOf(path),
    enabled: may,
    refetchInterval: LIST_REFRESH_MS,
  });
  const opened = useOpened<string>();
  const rows = itemsOf(found.data);
  if (rows.length === 0) return null;
  const again = () => void found.refetch();
  return (
    <Card title="Taken out of snapshots" flush>
      <DataTable
        boxed="short"
        label="Taken out of snapshots"
        columns={columnsOf(environment, zone, opened, again)}
        rows={rows}
        total={totalOf(found.data)?.total ?? rows.length}
        keyOf={({ id }) => id}
        onEnd={nextOf(found)}
        detail={openedOf(opened)}
      />
    </Card>
  );
}

type Opened = ReturnType<typeof useOpened<string>>;

const openedOf =
  ({ isOpen }: Opened) =>
  (restore: ItemRestore) =>
    isOpen(restore.id) ? (
      <div className="mt-2 mb-1 rounded-box bg-sunken p-4">
        <ItemRestoreState restore={restore} />
      </div>
    ) : undefined;

function columnsOf(
  environment: TakenOutCardProps['environment'],
  zone: string,
  { isOpen, turn }: Opened,
  again: () => void,
): Column<ItemRestore>[] {
  return [
    {
      name: 'What',
      width: 'minmax(10rem, 2fr)',
      cell: (restore) => (
        <Opening isOpen={isOpen(restore.id)} turn={() => turn(restore.id)}>
          <What of={restore} />
        </Opening>
      ),
    },
    {
      name: 'Status',
      width: '6rem',
      cell: ({ status }) => <Badge tone={ITEM_RESTORE_STATUS[status].tone}>{ITEM_RESTORE_STATUS[status].text}</Badge>,
    },
    {
      name: 'Snapshot',
      width: '6rem',
      cell: ({ snapshotId }) => (
        <Link
          to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
          params={{ projectId: environment.projectId, environmentId: environment.id, snapshotId }}
          className={linkLook}
        >
          {snapshotId.slice(0, 8)}
        </Link>
      ),
    },
    { name: 'When', width: '7rem', cell: ({ createdAt }) => <Moment at={createdAt} zone={zone} /> },
    { name: 'By', width: 'minmax(5rem, 1fr)', wideOnly: true, cell: ({ requestedBy }) => requestedBy },
    {
      name: 'Undo until',
      width: '7rem',
      cell: (restore) => <UndoUntil of={restore} zone={zone} />,
    },
    {
      name: 'Undo',
      width: '5.5rem',
      cell: (restore) => <UndoItems restore={restore} environment={environment} onBegun={again} />,
    },
  ];
}

function What({ of: { files, tables } }: { of: ItemRestore }) {
  const names = [...files.map(({ path }) => path), ...tables.map(({ schema, name }) => `${schema}.${name}`)];
  return (
    <>
      <ExactName name={names[0] ?? ''} />
      {names.length > 1 && <span className="text-soft"> and {names.length - 1} more</span>}
    </>
  );
}

function UndoUntil({ of: { undoUntil }, zone }: { of: ItemRestore; zone: string }) {
  const now = useNow();
  const isOver = undoUntil === null || Date.parse(undoUntil) <= now;
  return isOver ? <span className="text-soft">–</span> : <Moment at={undoUntil} zone={zone} />;
}
