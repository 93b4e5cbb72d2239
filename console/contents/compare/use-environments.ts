import { useQuery } from '@tanstack/react-query';
import type { Environment } from '../../../sdk/typescript/index.js';
import { snapback } from '../../api/snapback.js';
import { useMay } from '../../session/use-access.js';

const PAGE_SIZE = 100;
const NONE: Environment[] = [];

/** The environments of a project; none for who may not see them. */
export function useEnvironments({ projectId }: { projectId: string }): readonly Environment[] {
  return (
    useQuery({
      queryKey: ['environmentsOf', projectId],
      queryFn: ({ signal }) => snapback.environments.list(projectId, { pageSize: PAGE_SIZE, signal }).toArray(),
      enabled: useMay('environments:read'),
    }).data ?? NONE
  );
}
