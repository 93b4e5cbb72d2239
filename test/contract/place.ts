import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import type { TestService } from '../harness/service.js';

/** An environment of its own, and where it is found. */
export interface Place {
  test: TestEnvironment;
  environmentId: string;
  /** Of what belongs to the environment. */
  path: string;
  /** Of the environment itself. */
  inProject: string;
}

const made: TestEnvironment[] = [];

export async function newPlace(service: TestService, client: Client): Promise<Place> {
  const test = await createTestEnvironment(client, service.filestoreRoot);
  made.push(test);
  const environmentId = test.environment.id;
  return {
    test,
    environmentId,
    path: `/api/v1/environments/${environmentId}`,
    inProject: `/api/v1/projects/${test.project.id}/environments/${environmentId}`,
  };
}

/** Drops the databases of all of them. */
export async function dropPlaces(): Promise<void> {
  for (const { database } of made.splice(0)) await database.drop();
}
