import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { snapshotExportListInfiniteOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Environment, SnapshotExport } from '../../sdk/typescript/index.js';
import { byCursorOf, itemsOf, nextOf, PAGE_LIMIT, totalOf } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { DownloadPanel } from '../contents/download/download-panel.js';
import type { Downloads } from '../contents/download/use-downloads.js';
import { useMay, useWhyNot } from '../session/use-access.js';
import { bytes } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { Opening } from '../ui/opening.js';
import { useOpened } from '../ui/use-opened.js';
import { EXPORT_STATUS } from '../ui/words.js';
import { downloadCommand, ExportState, isUnderWay } from './export-state.js';
import { RemoveExport } from './remove-export.js';
import { fileOf, useExportDownload, type ExportFile } from './use-export-download.js';

interface ExportsCardProps {
  projectId: string;
  environmentId: string;
  environmentType: Environment['type'] | undefined;
  zone: string;
  /** Left out: of all snapshots of the environment. */
  snapshotId?: string;
}

const OF_PRODUCTION =
  'What was not made harmless of a production environment is downloaded only with the permission environments:write: its data is not for everybody who may look.';

/** What was exported, how far it is, until when it is kept. Nothing where nothing ever was. */
export function ExportsCard({ projectId, environmentId, environmentType, zone, snapshotId }: ExportsCardProps) {
  const may = useMay('snapshots:read');
  const whyNot = useWhyNot();
  const downloads = useExportDownload(environmentId);
  const opened = useOpened<string>();
  const path = { environmentId };
  const found = useInfiniteQuery({
    ...snapshotExportListInfiniteOptions({ client, path, query: { limit: PAGE_LIMIT } }),
    ...byCursorOf(path),
    enabled: may,
    refetchInterval: LIST_REFRESH_MS,
  });
  const all = itemsOf(found.data);
  // Of one snapshot, those among the newest of its environment.
  const rows = snapshotId === undefined ? all : all.filter((one) => one.snapshotId === snapshotId);
  if (rows.length === 0) return null;
  const mayHaveData = environmentType !== 'production' || whyNot('environments:write') === undefined;
  return (
    <Card title="Exports" flush>
      <DownloadPanel
        downloads={downloads}
        commandFor={({ id }) => downloadCommand({ id, environmentId })}
        ofProduction={OF_PRODUCTION}
      />
      <DataTable
        boxed="short"
        label="Exports"
        columns={columnsOf({ opened, downloads, mayHaveData, zone, ...(snapshotId === undefined && { projectId }) })}
        rows={rows}
        keyOf={({ id }) => id}
        {...(snapshotId === undefined && { total: totalOf(found.data)?.total ?? rows.length, onEnd: nextOf(found) })}
        detail={openedOf(opened)}
      />
    </Card>
  );
}

interface Shown {
  opened: ReturnType<typeof useOpened<string>>;
  downloads: Downloads<ExportFile>;
  mayHaveData: boolean;
  zone: string;
  /** Left out: all are of the snapshot whose page it is. */
  projectId?: string;
}

function columnsOf({ opened, zone, projectId, ...shown }: Shown): Column<SnapshotExport>[] {
  return [
    {
      name: 'Asked for',
      width: 'minmax(8rem, 1fr)',
      cell: (one) => (
        <Opening isOpen={isShown(opened, one)} turn={() => opened.turn(one.id)}>
          <Moment at={one.createdAt} zone={zone} />
        </Opening>
      ),
    },
    {
      name: 'Status',
      width: '6rem',
      cell: ({ status }) => <Badge tone={EXPORT_STATUS[status].tone}>{EXPORT_STATUS[status].text}</Badge>,
    },
    ...(projectId === undefined ? [] : [snapshotColumn(projectId)]),
    {
      name: 'Data',
      width: '6rem',
      cell: ({ neutralizedFor }) => (neutralizedFor === null ? 'as captured' : 'harmless'),
    },
    {
      name: 'Size',
      width: '5rem',
      align: 'right',
      cell: ({ sizeBytes }) => (sizeBytes === null ? '–' : bytes(sizeBytes)),
    },
    { name: 'Kept until', width: '6rem', cell: (one) => <KeptUntil of={one} zone={zone} /> },
    { name: 'Actions', width: '9rem', cell: (one) => <Actions of={one} {...shown} /> },
  ];
}

function snapshotColumn(projectId: string): Column<SnapshotExport> {
  return {
    name: 'Snapshot',
    width: '6rem',
    cell: ({ environmentId, snapshotId }) => (
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
        params={{ projectId, environmentId, snapshotId }}
        className={linkLook}
      >
        {snapshotId.slice(0, 8)}
      </Link>
    ),
  };
}

function Actions({
  of,
  downloads: { current, start },
  mayHaveData,
}: { of: SnapshotExport } & Pick<Shown, 'downloads' | 'mayHaveData'>) {
  if (of.status !== 'completed') return null;
  const mayNot = of.neutralizedFor === null && !mayHaveData ? OF_PRODUCTION : undefined;
  const busy = current?.state === 'running' ? 'Another file is being downloaded.' : undefined;
  return (
    <span className="-my-1.5 inline-flex items-center gap-2">
      <Button
        size="tiny"
        look="quiet"
        aria-label={`Download ${of.fileName}`}
        reason={mayNot ?? busy}
        onClick={() => start(fileOf(of))}
      >
        <Download aria-hidden className="size-4" />
      </Button>
      <RemoveExport of={of} />
    </span>
  );
}

/** What runs is looked at. */
function isShown({ isOpen }: Shown['opened'], one: SnapshotExport): boolean {
  return isUnderWay(one) !== isOpen(one.id);
}

const openedOf = (opened: Shown['opened']) => (one: SnapshotExport) =>
  isShown(opened, one) ? (
    <div className="mt-2 mb-1 rounded-box bg-sunken p-4">
      <ExportState of={one} />
    </div>
  ) : undefined;

function KeptUntil({ of: { status, expiresAt }, zone }: { of: SnapshotExport; zone: string }) {
  if (status !== 'completed' || expiresAt === null) return <span className="text-soft">–</span>;
  return <Moment at={expiresAt} zone={zone} />;
}
