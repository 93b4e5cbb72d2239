import { useQuery } from '@tanstack/react-query';
import {
  environmentViewOptions,
  projectViewOptions,
  settingsViewOptions,
  snapshotViewOptions,
} from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { snapshotList } from '../../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../../sdk/typescript/index.js';
import { client, snapback } from '../../api/snapback.js';
import { OWN_ZONE } from '../../ui/moment.js';
import { newestTakenBy, PAGE_SIZE } from '../choice/taken-by.js';

interface Asked {
  projectId: string;
  environmentId: string;
  snapshotId: string | undefined;
  targetId: string | undefined;
}

/** Who takes part in a rollback: the environment, the snapshot, by default the newest that is meant, and what becomes it. */
export function useParties({ projectId, environmentId, snapshotId, targetId = environmentId }: Asked) {
  const project = useQuery(projectViewOptions({ client, path: { projectId } }));
  const environment = useQuery(environmentViewOptions({ client, path: { projectId, environmentId } }));
  const target = useQuery(environmentViewOptions({ client, path: { projectId, environmentId: targetId } }));
  const environments = useQuery({
    queryKey: ['environmentsOf', projectId],
    queryFn: ({ signal }) => snapback.environments.list(projectId, { pageSize: PAGE_SIZE, signal }).toArray(),
  });
  // Whoever may not read settings gets times in their own zone.
  const settings = useQuery(settingsViewOptions({ client, path: { environmentId } }));
  const settingsOfTarget = useQuery(settingsViewOptions({ client, path: { environmentId: targetId } }));
  const named = useQuery({
    ...snapshotViewOptions({ client, path: { environmentId, snapshotId: snapshotId ?? '' } }),
    enabled: snapshotId !== undefined,
  });
  const newest = useQuery({
    queryKey: ['newestMeant', environmentId],
    enabled: snapshotId === undefined,
    queryFn: async () => {
      const query = (page: number) => ({ status: 'completed' as const, limit: PAGE_SIZE, offset: page * PAGE_SIZE });
      const load = (page: number) => result(snapshotList({ client, path: { environmentId }, query: query(page) }));
      return (await newestTakenBy(load, Infinity)) ?? null;
    },
  });
  const snapshot = snapshotId === undefined ? newest : named;
  return {
    error: environment.error ?? project.error ?? target.error ?? snapshot.error,
    again: () => void Promise.all([environment, project, target, snapshot].map(({ refetch }) => refetch())),
    project: project.data,
    environment: environment.data,
    target: target.data,
    environments: environments.data ?? [],
    /** Null: there is none. */
    snapshot: snapshot.data,
    zone: settings.data?.timeZone ?? OWN_ZONE,
    undoMinutes: settingsOfTarget.data?.undoMinutes,
  };
}
