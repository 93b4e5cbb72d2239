import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import {
  deploymentListInfiniteOptions,
  environmentViewOptions,
  projectViewOptions,
  protectionListOptions,
  retentionPlanOptions,
  settingsViewOptions,
} from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { byCursorOf, PAGE_LIMIT } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { useMay } from '../session/use-access.js';
import { OWN_ZONE } from '../ui/moment.js';

const PROTECTION_REFRESH_MS = 30_000;

export function useEnvironment(projectId: string, environmentId: string) {
  const environment = useQuery(environmentViewOptions({ client, path: { projectId, environmentId } }));
  const project = useQuery(projectViewOptions({ client, path: { projectId } }));
  return {
    environment: environment.data,
    project: project.data,
    error: environment.error,
    again: () => void environment.refetch(),
  };
}

/** Whether it is protected; undefined until that is known, and for who may not see it. */
export function useProtectionOf(environmentId: string) {
  return useQuery({
    ...protectionListOptions({ client, query: { environmentId, limit: 1 } }),
    refetchInterval: PROTECTION_REFRESH_MS,
    enabled: useMay('environments:read'),
  }).data?.items[0];
}

export function useSettings(environmentId: string) {
  const may = useMay('settings:read');
  return useQuery({
    ...settingsViewOptions({ client, path: { environmentId } }),
    enabled: may,
    refetchInterval: LIST_REFRESH_MS,
  });
}

/** In which zone times of the environment are told. */
export function useZone(environmentId: string): string {
  return useSettings(environmentId).data?.timeZone ?? OWN_ZONE;
}

/** What retention will do next. */
export function useRetention(environmentId: string) {
  return useQuery({
    ...retentionPlanOptions({ client, path: { environmentId }, query: { limit: 1 } }),
    enabled: useMay('settings:read'),
    refetchInterval: PROTECTION_REFRESH_MS,
  }).data;
}

/** What pipelines announced, and rollbacks, newest first. */
export function useDeployments(environmentId: string) {
  return useInfiniteQuery({
    ...deploymentListInfiniteOptions({ client, path: { environmentId }, query: { limit: PAGE_LIMIT } }),
    ...byCursorOf({ environmentId }),
    enabled: useMay('deployments:read'),
    refetchInterval: LIST_REFRESH_MS,
  });
}
