import { useEffect, useState } from 'react';

const SECOND_MS = 1_000;

/** The present, to the second, for what is counted down; it stands still where nothing is. */
export function useSecond(isNeeded: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isNeeded) return undefined;
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [isNeeded]);
  return now;
}
