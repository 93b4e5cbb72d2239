import type { DatabaseChange } from '../../../sdk/typescript/index.js';
import { count } from '../../ui/amounts.js';
import { Card } from '../../ui/card.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { propertyName } from './plan-differences.js';

const COLUMNS: readonly Column<DatabaseChange>[] = [
  {
    name: 'Property',
    width: 'minmax(8rem, 1fr)',
    cell: (change) => <span className="wrap-anywhere">{propertyName(change)}</span>,
  },
  { name: 'Now', width: 'minmax(6rem, 1fr)', cell: ({ shown, from }) => <Value shown={shown} value={from} /> },
  { name: 'Afterwards', width: 'minmax(6rem, 1fr)', cell: ({ shown, to }) => <Value shown={shown} value={to} /> },
];

/** What of the database itself becomes as it was captured. */
export function PropertyChanges({ of }: { of: readonly DatabaseChange[] }) {
  if (of.length === 0) return null;
  return (
    <Card
      title="Properties of the database that change"
      aside={<span className="numbers text-sm text-soft">{count(of.length)}</span>}
      flush
    >
      <DataTable label="Properties of the database that change" columns={COLUMNS} rows={of} keyOf={propertyName} />
    </Card>
  );
}

function Value({ shown, value }: { shown: boolean; value: string | null }) {
  if (!shown) return <span className="text-soft">not shown</span>;
  return value === null ? (
    <span className="text-soft">unset</span>
  ) : (
    <code className="font-mono text-xs wrap-anywhere">{value}</code>
  );
}
