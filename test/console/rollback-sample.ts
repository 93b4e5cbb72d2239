import type { Page } from 'playwright-core';
import { Snapback } from '../../sdk/typescript/index.js';
import { changeBoth } from '../e2e/marked-environment.js';
import { query } from '../harness/database.js';
import { testToken } from '../harness/tokens.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';

export interface RollbackSample extends Sample {
  snapback: Snapback;
  /** The page of the plan of the real environment. */
  planned: string;
}

/** The sample, whose real environment was deployed to three hours ago, behind a snapshot, and is otherwise than captured since. */
export async function plantDeployment(console: ConsoleUnderTest): Promise<RollbackSample> {
  const sample = await plantSample(console);
  const { environment } = sample.place;
  const snapback = new Snapback({ baseUrl: console.service.url, token: testToken() });
  // Its gate opens when the snapshot before it is taken.
  await snapback.gateDeployment(environment.id, { version: '17.0', idempotencyKey: 'deploy-17.0' });
  await changeBoth(sample.place);
  const earlier = [
    `UPDATE snapshots SET created_at = created_at - interval '3 hours', started_at = started_at - interval '3 hours' WHERE environment_id = $1`,
    `UPDATE deployments SET created_at = created_at - interval '3 hours' WHERE environment_id = $1`,
  ];
  for (const statement of earlier) await query(console.service.database, statement, [environment.id]);
  return { ...sample, snapback, planned: planOf(environment) };
}

export const planOf = ({ projectId, id }: { projectId: string; id: string }): string =>
  `/projects/${projectId}/environments/${id}/rollback`;

/** The button that asks for a rollback. */
export const askFor = (page: Page) => page.getByRole('button', { name: 'Roll back…' });
