import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Client } from '../sdk/typescript/generated/client/index.js';
import {
  environmentCreate,
  environmentDelete,
  environmentList,
  projectCreate,
  projectDelete,
  projectList,
  snapshotList,
  snapshotUnpin,
} from '../sdk/typescript/generated/sdk.gen.js';
import type { Environment, Project } from '../sdk/typescript/generated/types.gen.js';
import { result } from '../sdk/typescript/result.js';
import type { EmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { createSampleEnvironment } from './sample/create-sample-environment.js';
import type { SampleEnvironment } from './sample/create-sample-environment.js';

export const SAMPLE_PROJECT = 'sample-erp';

export interface SampleProject {
  project: Project;
  production: Environment;
  staging: Environment;
  /** What lies behind production, for the comparison. */
  source: SampleEnvironment & { filestorePath: string };
}

/** The sample project with its two environments, made anew; one of an earlier run is removed first. */
export async function createSampleProject(
  client: Client,
  embedded: EmbeddedPostgres,
  filestoreRoot: string,
): Promise<SampleProject> {
  await removeEarlier(client);
  const project = await result(
    projectCreate({ client, body: { name: SAMPLE_PROJECT, description: 'A small ERP, made by the quickstart' } }),
  );
  const production = await createEnvironment(client, embedded, filestoreRoot, project, 'production');
  const staging = await createEnvironment(client, embedded, filestoreRoot, project, 'staging');
  return { project, production: production.environment, staging: staging.environment, source: production.source };
}

async function createEnvironment(
  client: Client,
  embedded: EmbeddedPostgres,
  filestoreRoot: string,
  project: Project,
  type: 'production' | 'staging',
) {
  const name = `sample_${type}`;
  const password = randomBytes(18).toString('base64url');
  const filestorePath = join(filestoreRoot, type);
  const made = await createSampleEnvironment({
    adminUrl: embedded.url,
    database: name,
    role: name,
    password,
    filestorePath,
    type,
    scale: type === 'production' ? 'full' : 'tiny',
  });
  const environment = await result(
    environmentCreate({
      client,
      path: { projectId: project.id },
      body: {
        name: type,
        type,
        labels: { sample: 'erp' },
        database: {
          kind: 'connection',
          host: embedded.host,
          port: embedded.port,
          database: name,
          user: name,
          password,
        },
        filestorePath,
        ...(type === 'staging'
          ? {
              neutralizeSql: "UPDATE customers SET email = 'customer-' || id || '@example.invalid';",
              // They are made up: nothing has to become of them.
              neutralizePaths: [],
            }
          : {}),
      },
    }),
  );
  return { environment, source: { ...made, filestorePath } };
}

async function removeEarlier(client: Client): Promise<void> {
  const { items } = await result(projectList({ client, query: { limit: 100 } }));
  const earlier = items.find(({ name }) => name === SAMPLE_PROJECT);
  if (earlier === undefined) return;
  const path = { projectId: earlier.id };
  const environments = await result(environmentList({ client, path }));
  for (const { id } of environments.items) {
    await unpinAll(client, id);
    await result(environmentDelete({ client, path: { ...path, environmentId: id }, query: { snapshots: 'delete' } }));
  }
  await result(projectDelete({ client, path }));
}

async function unpinAll(client: Client, environmentId: string): Promise<void> {
  const { items } = await result(
    snapshotList({ client, path: { environmentId }, query: { pinned: true, limit: 100 } }),
  );
  for (const { id } of items) await result(snapshotUnpin({ client, path: { environmentId, snapshotId: id } }));
}
