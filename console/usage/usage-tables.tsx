import { bytes, count } from '../ui/amounts.js';
import { DataTable, type Column } from '../ui/data-table.js';
import type { DayFigures, ProjectFigures } from './usage-figures.js';

const GIB = 1024 ** 3;

/** For charge-back: in GiB-hours, as a bill is made of them. */
function gibHours(byteHours: number): string {
  const amount = byteHours / GIB;
  return amount.toLocaleString('en', { maximumFractionDigits: amount >= 100 ? 0 : amount >= 1 ? 1 : 3 });
}

const amountOf = (value: number | null) =>
  value === null ? <span className="text-soft">not known</span> : bytes(value);

const PROJECTS: readonly Column<ProjectFigures>[] = [
  {
    name: 'Project',
    width: 'minmax(10rem, 2fr)',
    cell: ({ projectName }) => (
      <span className="block truncate font-medium" title={projectName}>
        {projectName}
      </span>
    ),
  },
  { name: 'Days', width: '4rem', align: 'right', wideOnly: true, cell: ({ days }) => count(days) },
  { name: 'Logical, mean', width: '7rem', align: 'right', cell: ({ logicalBytes }) => bytes(logicalBytes) },
  { name: 'Stored, mean', width: '7rem', align: 'right', cell: ({ storedBytes }) => bytes(storedBytes) },
  {
    name: 'Stored, GiB-hours',
    width: '9rem',
    align: 'right',
    cell: ({ storedByteHours }) => gibHours(storedByteHours),
  },
  { name: 'Added', width: '6rem', align: 'right', cell: ({ addedBytes }) => bytes(addedBytes) },
  { name: 'Snapshots', width: '6rem', align: 'right', cell: ({ snapshotCount }) => count(snapshotCount) },
];

const DAYS: readonly Column<DayFigures>[] = [
  { name: 'Day (UTC)', width: 'minmax(7rem, 1fr)', cell: ({ day }) => day },
  { name: 'Logical', width: 'minmax(6rem, 1fr)', align: 'right', cell: ({ logicalBytes }) => amountOf(logicalBytes) },
  { name: 'Stored', width: 'minmax(6rem, 1fr)', align: 'right', cell: ({ storedBytes }) => amountOf(storedBytes) },
  { name: 'Added', width: 'minmax(6rem, 1fr)', align: 'right', cell: ({ addedBytes }) => amountOf(addedBytes) },
  {
    name: 'Snapshots',
    width: 'minmax(5rem, 1fr)',
    align: 'right',
    cell: ({ snapshotCount }) => (snapshotCount === null ? '' : count(snapshotCount)),
  },
];

export function ProjectTable({ projects }: { projects: readonly ProjectFigures[] }) {
  return <DataTable label="Usage by project" columns={PROJECTS} rows={projects} keyOf={({ projectId }) => projectId} />;
}

/** The newest first: that is what one looks for. */
export function DayTable({ days }: { days: readonly DayFigures[] }) {
  return <DataTable label="Usage by day" columns={DAYS} rows={days.toReversed()} keyOf={({ day }) => day} />;
}
