import { useInfiniteQuery } from '@tanstack/react-query';
import {
  environmentListInfiniteOptions,
  projectListInfiniteOptions,
} from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Environment, Project } from '../../sdk/typescript/index.js';
import { byCursor, byCursorOf, itemsOf, PAGE_LIMIT, useAllPages } from '../api/pages.js';
import { client } from '../api/snapback.js';
import { useMay } from '../session/use-access.js';

const FRESH_MS = 60_000;

export interface Chosen<Thing> {
  /** By name. */
  all: Thing[];
  isComplete: boolean;
  error: unknown;
  again: () => void;
}

/** All projects that the person sees, to choose from; none where they may not. */
export function useProjects(wanted = true): Chosen<Project> {
  const maySee = useMay('environments:read');
  const enabled = wanted && maySee;
  const found = useInfiniteQuery({
    ...projectListInfiniteOptions({ client, query: { limit: PAGE_LIMIT } }),
    ...byCursor,
    staleTime: FRESH_MS,
    enabled,
  });
  useAllPages(found);
  return chosen(found.data === undefined ? undefined : itemsOf<Project>(found.data), found);
}

/** All environments of a project, to choose from; of none without one. */
export function useEnvironmentsOf(projectId: string | undefined): Chosen<Environment> {
  const path = { projectId: projectId ?? '' };
  const maySee = useMay('environments:read');
  const found = useInfiniteQuery({
    ...environmentListInfiniteOptions({ client, path, query: { limit: PAGE_LIMIT } }),
    ...byCursorOf(path),
    staleTime: FRESH_MS,
    enabled: maySee && projectId !== undefined,
  });
  useAllPages(found);
  return chosen(found.data === undefined ? undefined : itemsOf<Environment>(found.data), found);
}

function chosen<Thing extends { name: string }>(
  all: Thing[] | undefined,
  { hasNextPage, error, refetch }: { hasNextPage: boolean; error: unknown; refetch: () => Promise<unknown> },
): Chosen<Thing> {
  return {
    all: (all ?? []).toSorted((one, other) => one.name.localeCompare(other.name)),
    isComplete: all !== undefined && !hasNextPage,
    error,
    again: () => void refetch(),
  };
}
