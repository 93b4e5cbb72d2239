import type { SessionGroup } from '../../../sdk/typescript/index.js';
import { count } from '../../ui/amounts.js';
import { Card } from '../../ui/card.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { Moment } from '../../ui/moment.js';

/** Whose connections are ended by the swap; most programs connect again by themselves. */
export function Sessions({ of, zone }: { of: readonly SessionGroup[]; zone: string }) {
  const total = of.reduce((sum, group) => sum + group.count, 0);
  if (total === 0)
    return (
      <Card title="Sessions that end">
        <p className="text-sm text-soft">Nobody is connected to the database now.</p>
      </Card>
    );
  return (
    <Card title="Sessions that end" aside={<span className="numbers text-sm text-soft">{count(total)}</span>} flush>
      <DataTable
        label="Sessions that end"
        columns={columnsIn(zone)}
        rows={of}
        keyOf={({ application, user }) => JSON.stringify([application, user])}
      />
    </Card>
  );
}

function columnsIn(zone: string): readonly Column<SessionGroup>[] {
  return [
    {
      name: 'Application',
      width: 'minmax(8rem, 2fr)',
      cell: ({ application }) => <Cut text={application === '' ? 'without a name' : application} />,
    },
    { name: 'User', width: 'minmax(5rem, 1fr)', cell: ({ user }) => <Cut text={user} /> },
    { name: 'Sessions', width: '5rem', align: 'right', cell: (group) => count(group.count) },
    {
      name: 'Oldest since',
      width: 'minmax(7rem, 1fr)',
      cell: ({ since }) => <Moment at={since} zone={zone} none="not known" />,
    },
  ];
}

function Cut({ text }: { text: string }) {
  return (
    <span className="block truncate" title={text}>
      {text}
    </span>
  );
}
