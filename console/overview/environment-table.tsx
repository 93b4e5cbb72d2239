import { Link } from '@tanstack/react-router';
import type { EnvironmentProtection } from '../../sdk/typescript/index.js';
import { Badge } from '../ui/badge.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { WithTooltip } from '../ui/tooltip.js';
import { PROTECTION } from '../ui/words.js';

const COLUMNS: readonly Column<EnvironmentProtection>[] = [
  {
    name: 'Environment',
    width: 'minmax(10rem, 2fr)',
    cell: ({ projectId, environmentId, environmentName, environmentType }) => (
      <span className="flex flex-wrap items-center gap-2">
        <Link
          to="/projects/$projectId/environments/$environmentId"
          params={{ projectId, environmentId }}
          className={linkLook}
        >
          {environmentName}
        </Link>
        {environmentName !== environmentType && <span className="text-xs text-soft">{environmentType}</span>}
      </span>
    ),
  },
  { name: 'Protection', width: 'minmax(8rem, 1fr)', cell: (row) => <Protection of={row} /> },
  {
    name: 'Newest snapshot',
    width: 'minmax(8rem, 1fr)',
    cell: ({ lastSuccessfulAt }) => <Moment at={lastSuccessfulAt} />,
  },
  { name: 'Newest proven', width: 'minmax(8rem, 1fr)', cell: ({ lastProvenAt }) => <Moment at={lastProvenAt} /> },
  { name: 'Next run', width: 'minmax(8rem, 1fr)', cell: ({ nextRunAt }) => <Moment at={nextRunAt} none="none" /> },
];

export function EnvironmentTable({ label, environments }: { label: string; environments: EnvironmentProtection[] }) {
  return <DataTable label={label} columns={COLUMNS} rows={environments} keyOf={({ environmentId }) => environmentId} />;
}

function Protection({ of: { state, reason } }: { of: EnvironmentProtection }) {
  const { text, tone, about } = PROTECTION[state];
  return (
    <WithTooltip text={reason?.message ?? about}>
      <span tabIndex={0} className="rounded-full">
        <Badge tone={tone}>{text}</Badge>
      </span>
    </WithTooltip>
  );
}
