import { afterAll, beforeAll, describe, it } from 'vitest';
import { parse } from 'yaml';
import { webhookCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

let service: TestService;
let place: TestEnvironment;
let snapshotId: string;
let deploymentId: string;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  const { id: environmentId } = place.environment;
  ({ id: snapshotId } = await takeSnapshot(client, environmentId, { label: 'yes: "no", # 1\u202e' }));
  await takeSnapshot(client, environmentId);
  const path = { projectId: place.project.id };
  await result(
    webhookCreate({ client, path, body: { url: 'https://hooks.example.com/', events: ['rollback.undone'] } }),
  );
  ({ deploymentId } = await rollBack(client, environmentId, { snapshotId, createSafetySnapshot: false }));
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

/** What the service answers. */
async function answer(path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${testToken()}` };
  return (await fetch(`${service.url}/api/v1${path}`, { headers })).json();
}

const itemsOf = async (path: string) => ((await answer(path)) as { items: unknown[] }).items;
const ofEnvironment = (rest = '') => `/environments/${place.environment.id}${rest}`;
const inProject = (rest = '') => `/projects/${place.project.id}${rest}`;

/** Commands, and where the service has the same. */
const LISTS: Readonly<Record<string, () => string>> = {
  'project list': () => '/projects',
  'env list': () => inProject('/environments'),
  'snapshot list': () => ofEnvironment('/snapshots'),
  'rollback logs': () => ofEnvironment('/rollback-logs'),
  'deploy list': () => ofEnvironment('/deployments'),
  'retention plan': () => ofEnvironment('/retention-plan'),
  'operations list': () => '/operations',
  'webhooks list': () => inProject('/webhooks'),
};
const THINGS: Readonly<Record<string, () => string>> = {
  'project show': () => inProject(),
  'env show': () => inProject(`/environments/${place.environment.id}`),
  'snapshot show SNAPSHOT': () => ofEnvironment(`/snapshots/${snapshotId}`),
  'settings show': () => ofEnvironment('/snapshot-settings'),
  'deploy show DEPLOYMENT': () => `/deployments/${deploymentId}`,
};

const expected = async (command: string) =>
  command in LISTS ? itemsOf(LISTS[command]!()) : answer(THINGS[command]!());

function run(command: string, ...options: string[]) {
  const names: Record<string, string> = { SNAPSHOT: snapshotId, DEPLOYMENT: deploymentId };
  return snapback.run([...command.split(' ').map((word) => names[word] ?? word), ...options]);
}

describe.concurrent('what a program gets', () => {
  it.for([...Object.keys(LISTS), ...Object.keys(THINGS)])(
    'of "%s" is in JSON what the service has',
    async (command, { expect }) => {
      const { out, ...rest } = await run(command, '--output', 'json');
      expect(rest).toEqual({ code: 0, err: '' });
      expect(JSON.parse(out)).toEqual(await expected(command));
    },
  );

  it.for(['snapshot list', 'snapshot show SNAPSHOT', 'settings show'])(
    'of "%s" is in YAML the same',
    async (command, { expect }) => {
      const { out, ...rest } = await run(command, '--output', 'yaml');
      expect(rest).toEqual({ code: 0, err: '' });
      expect(parse(out)).toEqual(await expected(command));
    },
  );

  it('quietly is an id a line, whatever the format', async ({ expect }) => {
    const commands = ['snapshot list', 'rollback logs', 'env show', 'snapshot show SNAPSHOT'];
    const runs = await Promise.all(commands.map((command) => run(command, '--quiet', '--output', 'json')));
    const snapshots = (await expected('snapshot list')) as { id: string }[];
    const ids = [snapshots.map(({ id }) => id), [deploymentId], [place.environment.id], [snapshotId]];
    expect(runs).toEqual(ids.map((lines) => ({ code: 0, out: lines.map((line) => `${line}\n`).join(''), err: '' })));
  });

  it('of an error is its code, its sentence and the exit status, in JSON in one line', async ({ expect }) => {
    const { code, out, err } = await run('snapshot show nothing', '--output', 'json');
    expect({ code, out, told: JSON.parse(err) }).toEqual({
      code: 3,
      out: '',
      told: { error: { exitCode: 3, message: expect.stringContaining('There is no snapshot of') } },
    });
    expect(err.split('\n')).toHaveLength(2);
  });

  it('of a list that is cut is cut, and nobody is told in the middle of it', async ({ expect }) => {
    const { out, ...rest } = await run('snapshot list', '--limit', '1', '--output', 'json');
    expect(rest).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual(((await expected('snapshot list')) as unknown[]).slice(0, 1));
  });
});
