import { useQuery } from '@tanstack/react-query';
import {
  environmentViewOptions,
  projectViewOptions,
  settingsViewOptions,
} from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { client } from '../api/snapback.js';
import { OWN_ZONE } from '../ui/moment.js';
import type { Where } from './naming.js';

/** What changes rarely. */
const NAMES_MS = 60_000;
const ID_SHOWN = 8;

/** The environment of a snapshot: what it is called, its zone, how many pins it has room for, what stands ready beside it. */
export function useWhere(projectId: string, environmentId: string) {
  const project = useQuery({ ...projectViewOptions({ client, path: { projectId } }), staleTime: NAMES_MS });
  const environment = useQuery(environmentViewOptions({ client, path: { projectId, environmentId } }));
  const settings = useQuery({ ...settingsViewOptions({ client, path: { environmentId } }), staleTime: NAMES_MS });
  const where: Where = {
    projectId,
    environmentId,
    projectName: project.data?.name ?? projectId.slice(0, ID_SHOWN),
    environmentName: environment.data?.name ?? environmentId.slice(0, ID_SHOWN),
    environmentType: environment.data?.type,
    zone: settings.data?.timeZone ?? OWN_ZONE,
  };
  return {
    where,
    standby: environment.data?.standby,
    maxPinned: settings.data?.maxPinned,
    // Times would jump from one zone to the other.
    isKnown: !project.isPending && !environment.isPending && !settings.isPending,
  };
}
