import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { retentionPreview } from '../../../sdk/typescript/generated/sdk.gen.js';
import {
  result,
  type RetentionDecision,
  type RetentionForecast,
  type RetentionPolicy,
  type RetentionPreview,
} from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';

/** What retention would do with some settings. */
export interface Outlook {
  nextRunAt: string;
  /** Completed snapshots there are; at least so many when `isLowerBound`. */
  total: number;
  isLowerBound: boolean;
  /** How many of them the next run leaves. */
  keptCount: number;
  /** The first that it deletes, and why. */
  goes: readonly RetentionDecision[];
  policy: RetentionPolicy;
  /** In some days: how many there will be, and how large. */
  forecasts: readonly { days: number; forecast: RetentionForecast }[];
}

const FORECAST_DAYS = [30, 90, 365];
const DAY_MS = 86_400_000;
const DEBOUNCE_MS = 350;

/** Asked on the real snapshots, for settings that are tried out; nothing is changed. */
export function outlookOptions(environmentId: string, tried: RetentionPreview) {
  const ask = (signal: AbortSignal, at?: Date) =>
    result(
      retentionPreview({
        client,
        signal,
        path: { environmentId },
        query: { limit: 1 },
        body: { ...tried, ...(at !== undefined && { at: at.toISOString() }) },
      }),
    );
  return queryOptions({
    queryKey: ['retention outlook', environmentId, tried],
    queryFn: async ({ signal }): Promise<Outlook> => {
      const now = Date.now();
      const present = await ask(signal);
      const { nextRunAt, nextDeletions: goes, policy, total, totalIsLowerBound: isLowerBound } = present;
      const [next, ...later] = await Promise.all([
        ask(signal, new Date(nextRunAt)),
        ...FORECAST_DAYS.map((days) => ask(signal, new Date(now + days * DAY_MS))),
      ]);
      const forecasts = later.flatMap(({ forecast }, index) =>
        forecast === null ? [] : [{ days: FORECAST_DAYS[index] ?? 0, forecast }],
      );
      return {
        nextRunAt,
        total,
        isLowerBound,
        keptCount: next.forecast?.presentCount ?? total,
        goes,
        policy,
        forecasts,
      };
    },
  });
}

/** The same, once the person has stopped typing; undefined: it cannot be asked for. */
export function useOutlook(environmentId: string, tried: RetentionPreview | undefined) {
  const settled = useSettled(tried);
  const query = useQuery({
    ...outlookOptions(environmentId, settled ?? {}),
    enabled: settled !== undefined,
    placeholderData: keepPreviousData,
  });
  return { ...query, isSettling: JSON.stringify(settled) !== JSON.stringify(tried) || query.isFetching };
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- an equal one is the same
  }, [text]);
  return settled;
}
