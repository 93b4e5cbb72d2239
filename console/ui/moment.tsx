import { useSyncExternalStore } from 'react';
import { exact, relative } from './amounts.js';
import { WithTooltip } from './tooltip.js';

const TICK_MS = 10_000;
let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, TICK_MS);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The present, as far as relative times mind it: one clock for all of them. In milliseconds since 1970. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

export const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How long ago, or until when; exactly, in the zone of its environment, for whoever points at it. Null is nothing yet. */
export function Moment({ at, zone = OWN_ZONE, none = 'never' }: { at: string | null; zone?: string; none?: string }) {
  const present = useNow();
  if (at === null) return <span className="text-soft">{none}</span>;
  const time = new Date(at);
  // The clock stands still between two ticks: what has happened since is no future.
  const ahead = time.getTime() - present;
  const now = ahead > 0 && ahead <= TICK_MS ? time : new Date(present);
  return (
    <WithTooltip text={exact(time, zone)}>
      <time dateTime={at} tabIndex={0} className="rounded-small">
        {relative(time, now)}
      </time>
    </WithTooltip>
  );
}
