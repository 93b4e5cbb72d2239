import { lazy, Suspense, useMemo } from 'react';
import { bytes, count, exact } from '../../ui/amounts.js';
import { Card } from '../../ui/card.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { Loading } from '../../ui/loading.js';
import { useZone } from '../use-environment.js';
import { useHistory } from '../use-history.js';
import { sizeSeries, type SizePoint } from './size-series.js';

const SizesChart = lazy(() => import('./sizes-chart.js').then((module) => ({ default: module.SizesChart })));

/** What keeping this history takes, beside how large the environment is. */
export function SizesCard({ environmentId }: { environmentId: string }) {
  const { snapshots, total } = useHistory(environmentId);
  const zone = useZone(environmentId);
  const points = useMemo(() => sizeSeries(snapshots ?? []), [snapshots]);
  const columns = useMemo(() => columnsOf(zone), [zone]);
  const [last] = points.slice(-1);
  if (last === undefined || points.length < 2) return null;
  const whole = points.reduce((sum, { logicalBytes }) => sum + logicalBytes, 0);
  return (
    <Card title="Stored against logical bytes">
      <p className="text-sm text-soft">
        {count(points.length)} snapshots give back {bytes(whole)} in all; {bytes(last.storedBytes)} is stored for them.
        The environment itself was {bytes(last.logicalBytes)} when the last one was taken.
        {snapshots !== undefined && snapshots.length < total && ` Of ${count(total)} snapshots these are the newest.`}
      </p>
      <Suspense fallback={<Loading what="the chart" rows={3} />}>
        <SizesChart points={points} zone={zone} />
      </Suspense>
      <details className="mt-2 text-sm">
        <summary className="w-fit cursor-pointer rounded-small text-soft hover:text-ink">As a table</summary>
        <div className="mt-2 rounded-small border">
          <DataTable
            boxed="short"
            label="Stored and logical bytes"
            columns={columns}
            rows={points.toReversed()}
            keyOf={({ at }) => String(at)}
          />
        </div>
      </details>
    </Card>
  );
}

function columnsOf(zone: string): readonly Column<SizePoint>[] {
  return [
    { name: 'Taken', width: 'minmax(12rem, 2fr)', cell: ({ at }) => exact(new Date(at * 1000), zone) },
    { name: 'Environment', width: '1fr', align: 'right', cell: ({ logicalBytes }) => bytes(logicalBytes) },
    { name: 'Stored until then', width: '1fr', align: 'right', cell: ({ storedBytes }) => bytes(storedBytes) },
  ];
}
