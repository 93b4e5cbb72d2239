import { useQuery } from '@tanstack/react-query';
import { snapback } from '../../api/snapback.js';

/** Names change rarely. */
const FRESH_MS = 300_000;

/** What an environment is called and where it belongs, which its id alone does not say; null: nobody may see it, or it is gone. */
export function usePlaceOf(environmentId: string | undefined) {
  return useQuery({
    queryKey: ['placeOf', environmentId],
    enabled: environmentId !== undefined,
    staleTime: FRESH_MS,
    queryFn: async ({ signal }) => {
      const filter = environmentId === undefined ? {} : { environmentId };
      const [place] = (await snapback.protection.list(filter, { pageSize: 1, signal }).first()).items;
      if (place === undefined) return null;
      return {
        projectId: place.projectId,
        environmentId: place.environmentId,
        name: place.environmentName,
        type: place.environmentType,
        told: `${place.projectName}/${place.environmentName}`,
      };
    },
  }).data;
}

export type Place = NonNullable<ReturnType<typeof usePlaceOf>>;
