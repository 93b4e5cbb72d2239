import type { TableChange } from '../../../sdk/typescript/index.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { ExactName } from '../../ui/exact-name.js';
import { ChangeMark } from './change-mark.js';
import { rowsBeside, rowsSaid } from './change-words.js';

interface TableChangesProps {
  changes: TableChange[];
  onEnd: (() => void) | undefined;
}

/** Tables by what became of their rows. */
export function TableChanges({ changes, onEnd }: TableChangesProps) {
  return <DataTable label="Tables" columns={COLUMNS} rows={changes} keyOf={keyOf} onEnd={onEnd} />;
}

const keyOf = ({ schema, name }: TableChange) => JSON.stringify([schema, name]);

const COLUMNS: Column<TableChange>[] = [
  {
    name: 'Table',
    width: 'minmax(14rem, 3fr)',
    cell: ({ schema, name }) => (
      <>
        <span className="text-soft">
          <ExactName name={schema} />.
        </span>
        <span className="font-medium">
          <ExactName name={name} />
        </span>
      </>
    ),
  },
  { name: 'Change', width: '7rem', cell: ({ change }) => <ChangeMark of={change} /> },
  {
    name: 'Rows',
    width: 'minmax(12rem, 2fr)',
    cell: (change) => <span className={change.isExact ? '' : 'text-soft'}>{rowsSaid(change)}</span>,
  },
  { name: 'In all', width: '10rem', align: 'right', cell: rowsBeside },
];
