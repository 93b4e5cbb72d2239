// The main job with the types that openapi-typescript makes, and openapi-fetch.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import type { paths } from './client.js';

const { SNAPBACK_URL, SNAPBACK_TOKEN, PROJECT_NAME, FILESTORE, ...rest } = process.env as Record<string, string>;
const client = createClient<paths>({
  baseUrl: SNAPBACK_URL!,
  headers: { Authorization: `Bearer ${SNAPBACK_TOKEN}` },
});

const ENVIRONMENTS = '/api/v1/projects/{projectId}/environments';
const SNAPSHOTS = '/api/v1/environments/{environmentId}/snapshots';

const project = answered(
  await client.POST('/api/v1/projects', {
    body: { name: PROJECT_NAME!, description: 'made by a generated client' },
  }),
);
const { id: environmentId } = answered(
  await client.POST(ENVIRONMENTS, {
    params: { path: { projectId: project.id } },
    body: {
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
  }),
);
const environment = answered(
  await client.GET(`${ENVIRONMENTS}/{environmentId}`, { params: { path: { projectId: project.id, environmentId } } }),
);

const queued = answered(
  await client.POST(SNAPSHOTS, { params: { path: { environmentId } }, body: { label: 'before' } }),
);
const view = async (snapshotId: string) =>
  client.GET(`${SNAPSHOTS}/{snapshotId}`, { params: { path: { environmentId, snapshotId } } });
let snapshot = answered(await view(queued.id));
while (snapshot.status === 'queued' || snapshot.status === 'running') {
  await sleep(100);
  snapshot = answered(await view(queued.id));
}

const { deploymentId } = answered(
  await client.POST('/api/v1/environments/{environmentId}/rollback', {
    params: { path: { environmentId } },
    body: { snapshotId: snapshot.id, createSafetySnapshot: false },
  }),
);
const viewDeployment = async () =>
  client.GET('/api/v1/deployments/{deploymentId}', { params: { path: { deploymentId } } });
let deployment = answered(await viewDeployment());
while (deployment.status === 'queued' || deployment.status === 'running') {
  await sleep(100);
  deployment = answered(await viewDeployment());
}

const { description } = answered(
  await client.PATCH('/api/v1/projects/{projectId}', {
    params: { path: { projectId: project.id } },
    body: { description: null },
  }),
);
const { error } = await view(randomUUID());

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
    problem: { status: error?.status, code: error?.code },
  }),
);

/** What an operation answered; throws the problem when it was refused. */
function answered<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}
