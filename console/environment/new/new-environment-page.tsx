import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import {
  environmentViewOptions,
  snapshotViewOptions,
} from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { client } from '../../api/snapback.js';
import { Needs } from '../../session/needs.js';
import { titleOf } from '../../snapshot/naming.js';
import { SnapshotPath } from '../../snapshot/snapshot-path.js';
import { useWhere } from '../../snapshot/use-where.js';
import { Failed } from '../../ui/failed.js';
import { Loading } from '../../ui/loading.js';
import { Page } from '../../ui/page.js';
import { NewEnvironmentForm } from './new-environment-form.js';
import { originOf } from './new-environment-schema.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/new-environment');

/** Where is an environment to be that has what this snapshot holds? */
export function NewEnvironmentPage() {
  const { projectId, environmentId, snapshotId } = route.useParams();
  const { where } = useWhere(projectId, environmentId);
  const snapshot = useQuery(snapshotViewOptions({ client, path: { environmentId, snapshotId } }));
  // What somebody is writing begins with it, and is not taken from under them.
  const source = useQuery({
    ...environmentViewOptions({ client, path: { projectId, environmentId } }),
    refetchOnWindowFocus: false,
  });
  const error = snapshot.error ?? source.error;
  const below = {
    snapshotId,
    name: snapshot.data === undefined ? snapshotId.slice(0, 8) : titleOf(snapshot.data, where.zone),
    what: 'new environment',
  };
  return (
    <Page
      title="New environment"
      path={<SnapshotPath where={where} below={below} />}
      answer="Its database and its directory are made, and filled from this snapshot. The environment that the snapshot is of is not touched."
    >
      <Needs permission="environments:write">
        <Needs permission="rollbacks:write">
          {error !== null && (
            <Failed error={error} again={() => void Promise.all([snapshot.refetch(), source.refetch()])} />
          )}
          {error === null && (snapshot.data === undefined || source.data === undefined) && (
            <Loading what="the snapshot" rows={6} />
          )}
          {snapshot.data !== undefined && source.data !== undefined && (
            <NewEnvironmentForm
              key={snapshotId}
              origin={originOf(snapshot.data, source.data)}
              sourceName={`${where.projectName}/${where.environmentName}`}
            />
          )}
        </Needs>
      </Needs>
    </Page>
  );
}
