import { lazy, Suspense, useMemo } from 'react';
import { bytes } from '../ui/amounts.js';
import { Card } from '../ui/card.js';
import { Loading } from '../ui/loading.js';
import type { DayFigures } from './usage-figures.js';

/** What draws them is no part of what the console begins with. */
const TimeSeries = lazy(() => import('../charts/time-series.js'));

const DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: '2-digit', month: 'short', year: 'numeric' });
const formatDay = (seconds: number) => DAY.format(new Date(seconds * 1000));

export function UsageCharts({ days }: { days: readonly DayFigures[] }) {
  const { times, held, added } = useMemo(
    () => ({
      times: days.map(({ day }) => Date.parse(day) / 1000),
      held: [
        { name: 'Logical', colour: 'soft', look: 'dashed', values: days.map(({ logicalBytes }) => logicalBytes) },
        { name: 'Stored', colour: 'accent', look: 'line', values: days.map(({ storedBytes }) => storedBytes) },
      ] as const,
      added: [
        { name: 'Added', colour: 'accent', look: 'bars', values: days.map(({ addedBytes }) => addedBytes) },
      ] as const,
    }),
    [days],
  );
  const shared = { times, format: bytes, formatTime: formatDay, together: 'usage' };
  return (
    <Card title="Day by day">
      <Suspense fallback={<Loading what="the charts" rows={6} />}>
        <div className="flex flex-col gap-6">
          <div>
            <h3 className="mb-2 text-sm font-medium">What snapshots give back, and what the vault holds for it</h3>
            <TimeSeries {...shared} series={held} label={`Logical and stored bytes by day. ${inWords(days)}`} />
          </div>
          <div>
            <h3 className="mb-2 text-sm font-medium">What was added each day</h3>
            <TimeSeries {...shared} series={added} height={140} label="Added bytes by day; the table below has them." />
          </div>
        </div>
      </Suspense>
    </Card>
  );
}

/** For whoever does not see the lines; each figure is in the table below. */
function inWords(days: readonly DayFigures[]): string {
  const known = days.filter(({ storedBytes }) => storedBytes !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return 'Nothing is known.';
  return `Stored: ${bytes(first.storedBytes ?? 0)} on ${first.day}, ${bytes(last.storedBytes ?? 0)} on ${last.day}. The table below has each day.`;
}
