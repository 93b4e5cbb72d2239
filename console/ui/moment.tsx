import { useSyncExternalStore } from 'react';
import { exact, relative } from './amounts.js';
import { WithTooltip } from './tooltip.js';

const TICK_MS = 10_000;
const STALE_MS = 1_000;
let now = Date.now();
const listeners = new Set<() => void>();
const tick = () => {
  now = Date.now();
  for (const listener of listeners) listener();
};
setInterval(tick, TICK_MS);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  // What is shown from now on may have happened since the last tick: it is not to come.
  if (Date.now() - now > STALE_MS) tick();
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
  // What is later than the last tick by less than one has most likely just happened, and is not to come.
  const isRecent = time.getTime() > present && time.getTime() - present < TICK_MS;
  const since = isRecent ? time.getTime() : present;
  return (
    <WithTooltip text={exact(time, zone)}>
      <time dateTime={at} tabIndex={0} className="rounded-small">
        {relative(time, new Date(since))}
      </time>
    </WithTooltip>
  );
}
