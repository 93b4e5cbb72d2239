import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { snapback } from '../../api/snapback.js';
import { Needs } from '../../session/needs.js';
import { Failed } from '../../ui/failed.js';
import { linkLook } from '../../ui/link.js';
import { Loading } from '../../ui/loading.js';
import { Page } from '../../ui/page.js';
import { useMay } from '../../session/use-access.js';
import { useEnvironment, useSettings } from '../use-environment.js';
import { settingsAnswer } from './settings-answer.js';
import { SettingsForm } from './settings-form.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/settings');

/** How is it captured, how long is that kept, and who says so? */
export function SettingsPage() {
  const { projectId, environmentId } = route.useParams();
  const { environment, project } = useEnvironment(projectId, environmentId);
  const may = useMay('settings:read');
  const inEffect = useSettings(environmentId).data;
  const { data, error, refetch } = useQuery({
    queryKey: ['settings to change', environmentId],
    queryFn: ({ signal }) => snapback.settings.view(environmentId, { signal }),
    enabled: may,
    // The version that is changed is known by the very answer; and what somebody is writing is not taken from under them.
    structuralSharing: false,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Page
      title="Settings"
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
      answer={inEffect === undefined ? undefined : settingsAnswer(inEffect)}
    >
      <Needs permission="settings:read">
        {error !== null && <Failed error={error} again={() => void refetch()} />}
        {data === undefined && error === null && <Loading what="the settings" rows={6} />}
        {data !== undefined && (
          <SettingsForm
            key={environmentId}
            initial={data}
            environmentName={`${project?.name ?? ''}/${environment?.name ?? ''}`}
          />
        )}
      </Needs>
    </Page>
  );
}
