import { useQuery } from '@tanstack/react-query';
import { PAGE_LIMIT } from './pages.js';
import { snapback } from './snapback.js';

export interface Names {
  /** By their ids. What is not there any more, or may not be seen, has none. */
  environments: ReadonlyMap<string, string>;
  projects: ReadonlyMap<string, string>;
}

const STALE_MS = 60_000;

/** What environments and projects are called, for lists that hold their ids; asked for when there is something to name. */
export function useNames(isWanted: boolean): Names | undefined {
  return useQuery({ queryKey: ['names'], queryFn: loadNames, staleTime: STALE_MS, enabled: isWanted }).data;
}

async function loadNames(): Promise<Names> {
  const environments = new Map<string, string>();
  const projects = new Map<string, string>();
  for await (const protection of snapback.protection.list({}, { pageSize: PAGE_LIMIT })) {
    environments.set(protection.environmentId, protection.environmentName);
    projects.set(protection.projectId, protection.projectName);
  }
  return { environments, projects };
}
