import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { snapback } from '../../api/snapback.js';
import { Needs } from '../../session/needs.js';
import { useMay } from '../../session/use-access.js';
import { Failed } from '../../ui/failed.js';
import { linkLook } from '../../ui/link.js';
import { Loading } from '../../ui/loading.js';
import { Page } from '../../ui/page.js';
import { useEnvironment } from '../use-environment.js';
import { rulesAnswer } from './rule-words.js';
import { RulesForm } from './rules-form.js';
import { RULES_TO_CHANGE } from './use-rules-form.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/rules');

/** What is left out of snapshots, and what becomes of production's data here? */
export function RulesPage() {
  const { projectId, environmentId } = route.useParams();
  const { environment, project } = useEnvironment(projectId, environmentId);
  const { data, error, refetch } = useQuery({
    queryKey: [RULES_TO_CHANGE, environmentId],
    queryFn: ({ signal }) => snapback.environments.view(projectId, environmentId, { signal }),
    enabled: useMay('environments:read'),
    // The version that is changed is known by the very answer; and what somebody is writing is not taken from under them.
    structuralSharing: false,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Page
      title="Rules"
      path={
        <>
          <Link to="/" search={{ project: projectId }} className={linkLook}>
            {project?.name ?? 'Project'}
          </Link>{' '}
          /{' '}
          <Link
            to="/projects/$projectId/environments/$environmentId"
            params={{ projectId, environmentId }}
            className={linkLook}
          >
            {environment?.name ?? 'Environment'}
          </Link>
        </>
      }
      answer={environment && rulesAnswer(environment)}
    >
      <Needs permission="environments:read">
        {error !== null && <Failed error={error} again={() => void refetch()} />}
        {data === undefined && error === null && <Loading what="the rules" rows={6} />}
        {data !== undefined && (
          <RulesForm key={environmentId} initial={data} environmentName={`${project?.name ?? ''}/${data.name}`} />
        )}
      </Needs>
    </Page>
  );
}
