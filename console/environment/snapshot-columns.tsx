import { Link } from '@tanstack/react-router';
import { Pin } from 'lucide-react';
import type { Snapshot } from '../../sdk/typescript/index.js';
import { useSnapshotProgress } from '../api/live.js';
import { bytes, duration } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import type { Column } from '../ui/data-table.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { Progress } from '../ui/progress.js';
import { WithTooltip } from '../ui/tooltip.js';
import { RESTORABILITY, SNAPSHOT_STATUS, TRIGGER } from '../ui/words.js';

interface Where {
  projectId: string;
  environmentId: string;
  zone: string;
}

const sizeOf = (size: number | null) => (size === null ? <span className="text-soft">–</span> : bytes(size));

export function snapshotColumns({ projectId, environmentId, zone }: Where): readonly Column<Snapshot>[] {
  return [
    {
      name: 'Snapshot',
      width: 'minmax(12rem, 2.5fr)',
      cell: ({ id, label, trigger, pinned, pin }) => (
        <span className="flex items-center gap-2">
          <Link
            to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
            params={{ projectId, environmentId, snapshotId: id }}
            title={label ?? id}
            className={`truncate ${linkLook}`}
          >
            {label ?? <code className="font-mono text-[0.9em]">{id.slice(0, 8)}</code>}
          </Link>
          <span className="shrink-0 text-xs text-soft">{TRIGGER[trigger]}</span>
          {pinned && (
            <WithTooltip text={`Pinned${pin?.reason == null ? '' : `: ${pin.reason}`}`}>
              <span tabIndex={0} aria-label="pinned" role="img" className="shrink-0 rounded-small">
                <Pin aria-hidden className="size-3.5" />
              </span>
            </WithTooltip>
          )}
        </span>
      ),
    },
    { name: 'Taken', width: 'minmax(7rem, 1fr)', cell: ({ createdAt }) => <Moment at={createdAt} zone={zone} /> },
    { name: 'State', width: 'minmax(9rem, 1.4fr)', cell: (snapshot) => <State of={snapshot} /> },
    { name: 'Type', width: '6.5rem', wideOnly: true, cell: ({ type }) => type },
    {
      name: 'Holds',
      width: '5.5rem',
      align: 'right',
      cell: ({ databaseBytes, filestoreBytes }) =>
        sizeOf(databaseBytes === null && filestoreBytes === null ? null : (databaseBytes ?? 0) + (filestoreBytes ?? 0)),
    },
    { name: 'Stored', width: '5.5rem', align: 'right', cell: ({ storedBytes }) => sizeOf(storedBytes) },
    {
      name: 'Took',
      width: '5.5rem',
      align: 'right',
      wideOnly: true,
      cell: ({ durationMs }) => (durationMs === null ? <span className="text-soft">–</span> : duration(durationMs)),
    },
  ];
}

function State({ of: snapshot }: { of: Snapshot }) {
  const { status, restorability, failure } = snapshot;
  if (status === 'running' || status === 'queued') return <Running of={snapshot} />;
  const isEnded = status !== 'completed' || restorability === null;
  const { text, tone } = isEnded ? SNAPSHOT_STATUS[status] : RESTORABILITY[restorability.state];
  const about = isEnded
    ? failure?.message
    : restorability.findings.map(({ message }) => message).join(' ') || RESTORABILITY[restorability.state].about;
  const badge = <Badge tone={tone}>{text}</Badge>;
  if (about === undefined) return badge;
  return (
    <WithTooltip text={about}>
      <span tabIndex={0} className="rounded-full">
        {badge}
      </span>
    </WithTooltip>
  );
}

/** As it goes, without asking again and again. */
function Running({ of: { id, environmentId, status } }: { of: Snapshot }) {
  const { event } = useSnapshotProgress(environmentId, id);
  return (
    <Progress percent={event?.percent ?? null} label={event?.phase ?? SNAPSHOT_STATUS[event?.status ?? status].text} />
  );
}
