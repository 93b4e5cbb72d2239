import { Link } from '@tanstack/react-router';
import type { RollbackLog } from '../../sdk/typescript/index.js';
import { duration } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import { Card } from '../ui/card.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { ROLLBACK_STATUS } from '../ui/words.js';

function columnsOf(zone: string): Column<RollbackLog>[] {
  return [
    {
      name: 'Rollback',
      width: 'minmax(9rem, 2fr)',
      cell: ({ deploymentId, createdAt }) => (
        <span>
          <Link to="/rollbacks/$deploymentId" params={{ deploymentId }} className={linkLook}>
            {deploymentId.slice(0, 8)}
          </Link>{' '}
          <span className="text-soft">
            · <Moment at={createdAt} zone={zone} />
          </span>
        </span>
      ),
    },
    {
      name: 'Status',
      width: 'minmax(6rem, 1fr)',
      cell: ({ status }) => <Badge tone={ROLLBACK_STATUS[status].tone}>{ROLLBACK_STATUS[status].text}</Badge>,
    },
    {
      name: 'Downtime',
      width: 'minmax(5rem, 1fr)',
      align: 'right',
      cell: ({ downtimeMs }) => (downtimeMs === null ? '–' : duration(downtimeMs)),
    },
    { name: 'By', width: 'minmax(6rem, 1fr)', wideOnly: true, cell: ({ requestedBy }) => requestedBy },
  ];
}

/** The rollbacks that went back to it. */
export function RollbacksCard({ logs, zone }: { logs: RollbackLog[]; zone: string }) {
  return (
    <Card title="Rollbacks to it" flush={logs.length > 0}>
      {logs.length === 0 ? (
        <p className="text-sm text-soft">Nobody has gone back to it.</p>
      ) : (
        <DataTable
          label="Rollbacks to it"
          columns={columnsOf(zone)}
          rows={logs}
          keyOf={({ deploymentId }) => deploymentId}
        />
      )}
    </Card>
  );
}
