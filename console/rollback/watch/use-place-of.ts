import { useQuery } from '@tanstack/react-query';
import { snapback } from '../../api/snapback.js';

const PAGE_SIZE = 100;
/** Names change rarely. */
const FRESH_MS = 300_000;

/** What an environment is called and where it belongs, which its id alone does not say; null: nobody may see it, or it is gone. */
export function usePlaceOf(environmentId: string | undefined) {
  return useQuery({
    queryKey: ['placeOf', environmentId],
    enabled: environmentId !== undefined,
    staleTime: FRESH_MS,
    queryFn: async ({ signal }) => {
      for await (const place of snapback.protection.list({}, { pageSize: PAGE_SIZE, signal }))
        if (place.environmentId === environmentId)
          return {
            projectId: place.projectId,
            environmentId: place.environmentId,
            name: place.environmentName,
            type: place.environmentType,
            told: `${place.projectName}/${place.environmentName}`,
          };
      return null;
    },
  }).data;
}

export type Place = NonNullable<ReturnType<typeof usePlaceOf>>;
