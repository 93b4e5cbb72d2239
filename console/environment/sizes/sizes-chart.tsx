import { useMemo } from 'react';
import TimeSeries, { type Series } from '../../charts/time-series.js';
import { bytes } from '../../ui/amounts.js';
import type { SizePoint } from './size-series.js';

/** The same stands beside it as a table. */
export function SizesChart({ points, zone }: { points: readonly SizePoint[]; zone: string }) {
  const times = useMemo(() => points.map(({ at }) => at), [points]);
  const series = useMemo<Series[]>(
    () => [
      { name: 'Stored', colour: 'accent', look: 'area', values: points.map(({ storedBytes }) => storedBytes) },
      { name: 'Environment', colour: 'soft', look: 'dashed', values: points.map(({ logicalBytes }) => logicalBytes) },
    ],
    [points],
  );
  const formatTime = useMemo(() => {
    const moment = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'medium', timeStyle: 'short' });
    return (seconds: number) => moment.format(seconds * 1000);
  }, [zone]);
  return (
    <div className="mt-3">
      <TimeSeries
        label="Chart of stored and logical bytes over time; the same stands below as a table."
        times={times}
        series={series}
        format={bytes}
        formatTime={formatTime}
        zone={zone}
      />
    </div>
  );
}
