import { ArchiveRestore } from 'lucide-react';
import type { SnapshotTable } from '../../../sdk/typescript/index.js';
import { bytes, count } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { ExactName } from '../../ui/exact-name.js';
import { Facts } from '../../ui/facts.js';
import { Moment } from '../../ui/moment.js';
import { Opening } from '../../ui/opening.js';
import type { TakingOut } from '../../items/taking-out.js';
import { useOpened } from '../../ui/use-opened.js';
import { visible } from '../../ui/visible.js';

interface TableTableProps {
  tables: SnapshotTable[];
  zone: string;
  takingOut: TakingOut;
  onEnd: (() => void) | undefined;
}

/** The tables of a snapshot; each opens to what is known of it besides. */
export function TableTable({ tables, zone, takingOut, onEnd }: TableTableProps) {
  const opened = useOpened<string>();
  return (
    <DataTable
      label="Tables"
      columns={columnsOf(opened, zone, takingOut)}
      rows={tables}
      keyOf={keyOf}
      onEnd={onEnd}
      detail={openedOf(opened)}
    />
  );
}

const keyOf = ({ schema, name }: SnapshotTable) => JSON.stringify([schema, name]);

type Opened = ReturnType<typeof useOpened<string>>;

const openedOf =
  ({ isOpen }: Opened) =>
  (table: SnapshotTable) =>
    isOpen(keyOf(table)) ? <OpenedTable table={table} /> : undefined;

function columnsOf({ isOpen, turn }: Opened, zone: string, takingOut: TakingOut): Column<SnapshotTable>[] {
  return [
    {
      name: 'Table',
      width: 'minmax(14rem, 3fr)',
      cell: (table) => (
        <Opening isOpen={isOpen(keyOf(table))} turn={() => turn(keyOf(table))}>
          <span className="text-soft">
            <ExactName name={table.schema} />.
          </span>
          <span className="font-medium">
            <ExactName name={table.name} />
          </span>
        </Opening>
      ),
    },
    { name: 'Rows', width: '7rem', align: 'right', cell: ({ rowCount }) => count(rowCount) },
    { name: 'As text', width: '6rem', align: 'right', cell: ({ textBytes }) => bytes(textBytes) },
    { name: 'Segments', width: 'minmax(10rem, 1.5fr)', cell: (table) => <Segments of={table} /> },
    {
      name: 'Unchanged since',
      width: '9rem',
      cell: ({ unchangedSince }) => <Moment at={unchangedSince} zone={zone} none="–" />,
    },
    {
      name: 'Actions',
      width: '4rem',
      cell: (table) => (
        <Button
          size="tiny"
          look="quiet"
          className="-my-1.5"
          aria-label={`Restore a copy of ${visible(table.schema)}.${visible(table.name)}`}
          reason={takingOut.whyNot}
          onClick={() => takingOut.ask({ table })}
        >
          <ArchiveRestore aria-hidden className="size-4" />
        </Button>
      ),
    },
  ];
}

function Segments({ of: { segmentCount, carriedOverSegmentCount } }: { of: SnapshotTable }) {
  const read = segmentCount - carriedOverSegmentCount;
  if (segmentCount === 0) return <span className="text-soft">none</span>;
  if (carriedOverSegmentCount === 0) return `${count(read)} read`;
  const carried = <span className="text-soft">{count(carriedOverSegmentCount)} carried over</span>;
  return read === 0 ? (
    carried
  ) : (
    <>
      {count(read)} read, {carried}
    </>
  );
}

function OpenedTable({ table: { columns, condition, readInFullReason } }: { table: SnapshotTable }) {
  return (
    <div className="mt-2 mb-1 rounded-box bg-sunken p-4">
      <Facts
        of={[
          [
            'Columns',
            columns.length === 0 ? (
              'none'
            ) : (
              <ul key="columns" className="flex flex-wrap gap-x-3">
                {columns.map((name) => (
                  <li key={name} className="font-mono text-xs">
                    <ExactName name={name} />
                  </li>
                ))}
              </ul>
            ),
          ],
          readInFullReason !== null && ['Read in full', <ExactName key="reason" name={readInFullReason} />],
          condition !== null && [
            'Only rows',
            <code key="condition" className="font-mono text-xs">
              <ExactName name={condition} />
            </code>,
          ],
        ]}
      />
    </div>
  );
}
