// The main job with the client that openapi-generator makes for fetch.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Configuration,
  DeploymentsApi,
  EnvironmentsApi,
  ProblemFromJSON,
  ProjectsApi,
  ResponseError,
  RollbacksApi,
  SnapshotsApi,
} from './client/index.js';

const { SNAPBACK_URL, SNAPBACK_TOKEN, PROJECT_NAME, FILESTORE, ...rest } = process.env as Record<string, string>;
const configuration = new Configuration({ basePath: SNAPBACK_URL!, accessToken: SNAPBACK_TOKEN! });
const projects = new ProjectsApi(configuration);
const environments = new EnvironmentsApi(configuration);
const snapshots = new SnapshotsApi(configuration);
const deployments = new DeploymentsApi(configuration);

const project = await projects.projectCreate({
  projectCreate: { name: PROJECT_NAME!, description: 'made by a generated client' },
});
const { id: environmentId } = await environments.environmentCreate({
  projectId: project.id,
  environmentCreate: {
    name: 'production',
    type: 'production',
    database: {
      kind: 'connection',
      host: rest['DATABASE_HOST']!,
      port: Number(rest['DATABASE_PORT']),
      database: rest['DATABASE_NAME']!,
      user: rest['DATABASE_USER']!,
      password: rest['DATABASE_PASSWORD']!,
    },
    filestorePath: FILESTORE!,
  },
});
const environment = await environments.environmentView({ projectId: project.id, environmentId });

const queued = await snapshots.snapshotCreate({ environmentId, snapshotCreate: { label: 'before' } });
const ofSnapshot = { environmentId, snapshotId: queued.id };
let snapshot = await snapshots.snapshotView(ofSnapshot);
while (snapshot.status === 'queued' || snapshot.status === 'running') {
  await sleep(100);
  snapshot = await snapshots.snapshotView(ofSnapshot);
}

const { deploymentId } = await new RollbacksApi(configuration).rollbackCreate({
  environmentId,
  rollbackRequest: { snapshotId: snapshot.id, createSafetySnapshot: false },
});
let deployment = await deployments.deploymentView({ deploymentId });
while (deployment.status === 'queued' || deployment.status === 'running') {
  await sleep(100);
  deployment = await deployments.deploymentView({ deploymentId });
}

const { description } = await projects.projectUpdate({ projectId: project.id, projectUpdate: { description: null } });
const problem = await snapshots.snapshotView({ environmentId, snapshotId: randomUUID() }).then(
  () => null,
  async (error: unknown) => {
    if (!(error instanceof ResponseError)) throw error;
    const { code } = ProblemFromJSON(await error.response.json());
    return { status: error.response.status, code };
  },
);

console.log(
  JSON.stringify({
    databaseHost: environment.database?.kind === 'connection' ? environment.database.host : undefined,
    beforeCutover: environment.beforeCutover,
    finishedAt: queued.finishedAt,
    status: snapshot.status,
    failure: snapshot.failure,
    databaseBytes: snapshot.databaseBytes,
    rollback: deployment.status,
    description,
    problem,
  }),
);
