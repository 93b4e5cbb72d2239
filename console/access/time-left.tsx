import { useEffect, useState } from 'react';
import { duration, exact } from '../ui/amounts.js';
import { OWN_ZONE } from '../ui/moment.js';
import { WithTooltip } from '../ui/tooltip.js';

const SOON_MS = 5 * 60_000;

/** How long something still holds, counted down by the second; for screen readers it is a time, and no clock that speaks. */
export function TimeLeft({ until }: { until: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Date.parse(until) - now;
  return (
    <WithTooltip text={exact(new Date(until), OWN_ZONE)}>
      <time dateTime={until} tabIndex={0} className={`numbers rounded-small ${left < SOON_MS ? 'text-warn' : ''}`}>
        {left <= 0 ? 'it has ended' : clock(left)}
      </time>
    </WithTooltip>
  );
}

/** Below an hour each second counts; above it nobody minds. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds >= 3600) return duration(ms);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
