import { useQuery } from '@tanstack/react-query';
import type { Snapshot } from '../../sdk/typescript/index.js';
import { PAGE_LIMIT } from '../api/pages.js';
import { snapback } from '../api/snapback.js';

/** So many of an environment are looked through, the newest first. */
const SEARCHED = 500;
const SHOWN = 8;
const FRESH_MS = 30_000;

/** Snapshots of an environment whose label has the text in it, or whose id begins with it. */
export function useSnapshotsFor(text: string, environmentId: string | undefined): readonly Snapshot[] {
  const wanted = text.trim().toLowerCase();
  const isAsked = environmentId !== undefined && wanted.length > 1;
  const { data = [] } = useQuery({
    queryKey: ['snapshots of the palette', environmentId],
    queryFn: ({ signal }) => newestOf(environmentId ?? '', signal),
    enabled: isAsked,
    staleTime: FRESH_MS,
  });
  if (!isAsked) return [];
  return data
    .filter(({ id, label }) => id.startsWith(wanted) || label?.toLowerCase().includes(wanted) === true)
    .slice(0, SHOWN);
}

async function newestOf(environmentId: string, signal: AbortSignal): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for await (const snapshot of snapback.snapshots.list(environmentId, {}, { pageSize: PAGE_LIMIT, signal })) {
    found.push(snapshot);
    if (found.length === SEARCHED) break;
  }
  return found;
}
