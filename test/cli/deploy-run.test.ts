import { afterAll, beforeAll, describe, it } from 'vitest';
import { environmentUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { freePort } from '../harness/free-port.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { MIGRATES, Pipeline } from './pipeline.js';

const BEFORE = { rows: 'captured', files: 'captured' };
const MIGRATED = { rows: 'present', files: 'present' };

let service: TestService;
const pipelines: Pipeline[] = [];

beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
  await Promise.all(pipelines.map((pipeline) => pipeline.remove()));
});

async function pipelineOf(settings: Parameters<typeof Pipeline.of>[1] = {}): Promise<Pipeline> {
  const pipeline = await Pipeline.of({ ...service, client: service.client() }, settings);
  pipelines.push(pipeline);
  return pipeline;
}

describe.concurrent('deploy run', { timeout: 60_000 }, () => {
  it('deploys behind the gate, and the command knows its deployment; of the same key it does so once', async ({
    expect,
  }) => {
    const pipeline = await pipelineOf();
    const command = pipeline.deploying(
      'echo "$SNAPBACK_DEPLOYMENT_ID $SNAPBACK_SNAPSHOT_ID"; echo noise >&2',
      '--version',
      '17.0',
      '--key',
      'job-1',
    );
    const ran = await pipeline.run(command);
    const [deployment] = await pipeline.deployments();
    const { id, snapshotId } = deployment!;
    expect(deployment).toMatchObject({ status: 'completed', version: '17.0', snapshotId: expect.any(String) });
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toMatch(new RegExp(`^${id} ${snapshotId}\nThe deployment of environment \\d+ is completed\\.\n$`));
    expect(ran.err).toMatch(/^gate open: .*\nnoise\n$/m);

    const again = await pipeline.run(command);
    expect(again).toEqual({
      code: 4,
      out: '',
      err: expect.stringContaining(`The deployment ${id} has ended (completed)`),
    });
    expect(await pipeline.deployments()).toHaveLength(1);
  });

  it('rolls back what failed, and stays failed', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const ran = await pipeline.run(pipeline.deploying(`${MIGRATES}; exit 3`));
    expect(ran.code, ran.err).toBe(5);
    expect(ran.err).toMatch(
      /The deployment failed \(exit status 3\); environment \d+ is rolled back to the snapshot before it\.\n$/,
    );
    expect(await pipeline.state()).toEqual(BEFORE);
    expect(await pipeline.deployments()).toMatchObject([
      { status: 'failed', rollbackDeploymentId: expect.any(String) },
    ]);
  });

  it('leaves what failed when it is told so', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const ran = await pipeline.run(pipeline.deploying(`${MIGRATES}; kill $$`, '--no-rollback'));
    expect(ran.code).toBe(5);
    expect(ran.err).toContain('The deployment failed (SIGTERM); what it has done was left as it is.');
    expect(await pipeline.state()).toEqual(MIGRATED);
    expect(await pipeline.deployments()).toMatchObject([{ status: 'failed', rollbackDeploymentId: null }]);
  });

  it('changes nothing when there is no such command', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const ran = await pipeline.run(['deploy', 'run', '--', 'ci/migrate-and-restart.sh']);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('ci/migrate-and-restart.sh cannot be run (ENOENT); nothing was deployed.');
    expect(await pipeline.deployments()).toMatchObject([{ status: 'failed', rollbackDeploymentId: null }]);
  });

  it('does not run the command when the gate stays closed, and when it may not deploy', async ({ expect }) => {
    const pipeline = await pipelineOf({ failurePolicy: 'block' });
    const { project, environment, database } = pipeline.place;
    const SNAPBACK_TOKEN = testToken({ permissions: ['viewer'] });
    const refused = await pipeline.run(pipeline.deploying('echo deployed'), { SNAPBACK_TOKEN });
    expect(refused).toMatchObject({ code: 4, out: '', err: expect.stringContaining('deployments:write') });
    expect(await pipeline.deployments()).toEqual([]);

    // Its database does not answer any more, and so there is no snapshot.
    const gone = { kind: 'connection', ...database.address, port: await freePort() } as const;
    const path = { projectId: project.id, environmentId: environment.id };
    const change = { path, query: { check: false }, body: { database: gone } };
    await result(environmentUpdate({ client: service.client(), ...change }));
    const closed = await pipeline.run(pipeline.deploying('echo deployed'));
    expect(closed).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/^The gate is closed\. .*cannot be reached/m),
    });
    expect(await pipeline.deployments()).toMatchObject([{ gate: 'closed' }]);
  });

  it('says that there is nothing to go back to, and ends the deployment all the same', async ({ expect }) => {
    const pipeline = await pipelineOf({ autoEnabled: false });
    const ran = await pipeline.run(pipeline.deploying(`${MIGRATES}; exit 1`));
    expect(ran.code).toBe(5);
    expect(ran.err).toMatch(/The deployment failed \(exit status 1\), and was not rolled back: /);
    expect(await pipeline.deployments()).toMatchObject([{ status: 'failed', rollbackDeploymentId: null }]);
  });
});
