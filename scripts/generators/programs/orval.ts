// The main job with the functions that orval makes for fetch.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  deploymentView,
  environmentCreate,
  environmentView,
  projectCreate,
  projectUpdate,
  rollbackCreate,
  snapshotCreate,
  snapshotView,
} from './client.js';

const { SNAPBACK_TOKEN, PROJECT_NAME, FILESTORE, ...rest } = process.env as Record<string, string>;
const options = { headers: { Authorization: `Bearer ${SNAPBACK_TOKEN}` } };

const project = await projectCreate({ name: PROJECT_NAME!, description: 'made by a generated client' }, options);
if (project.status !== 201) throw new Error(JSON.stringify(project.data));
const created = await environmentCreate(
  project.data.id,
  {
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
  undefined,
  options,
);
if (created.status !== 201) throw new Error(JSON.stringify(created.data));
const environmentId = created.data.id;
const environment = await environmentView(project.data.id, environmentId, options);
if (environment.status !== 200) throw new Error(JSON.stringify(environment.data));

const queued = await snapshotCreate(environmentId, { label: 'before' }, options);
if (queued.status !== 202) throw new Error(JSON.stringify(queued.data));
const view = async () => {
  const viewed = await snapshotView(environmentId, queued.data.id, options);
  if (viewed.status !== 200) throw new Error(JSON.stringify(viewed.data));
  return viewed.data;
};
let snapshot = await view();
while (snapshot.status === 'queued' || snapshot.status === 'running') {
  await sleep(100);
  snapshot = await view();
}

const request = { snapshotId: snapshot.id, createSafetySnapshot: false };
const rollback = await rollbackCreate(environmentId, request, options);
if (rollback.status !== 202) throw new Error(JSON.stringify(rollback.data));
const viewDeployment = async () => {
  const viewed = await deploymentView(rollback.data.deploymentId, options);
  if (viewed.status !== 200) throw new Error(JSON.stringify(viewed.data));
  return viewed.data;
};
let deployment = await viewDeployment();
while (deployment.status === 'queued' || deployment.status === 'running') {
  await sleep(100);
  deployment = await viewDeployment();
}

const updated = await projectUpdate(project.data.id, { description: null }, options);
if (updated.status !== 200) throw new Error(JSON.stringify(updated.data));
const refused = await snapshotView(environmentId, randomUUID(), options);
if (refused.status !== 404) throw new Error('A snapshot that nobody has taken was found.');

const { database, beforeCutover } = environment.data;
console.log(
  JSON.stringify({
    databaseHost: database?.kind === 'connection' ? database.host : undefined,
    beforeCutover,
    finishedAt: queued.data.finishedAt,
    status: snapshot.status,
    failure: snapshot.failure,
    databaseBytes: snapshot.databaseBytes,
    rollback: deployment.status,
    description: updated.data.description,
    problem: { status: refused.status, code: refused.data.code },
  }),
);
