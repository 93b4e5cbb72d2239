import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { changeBoth } from '../e2e/marked-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { Pipeline } from './pipeline.js';

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

describe.concurrent('a pipeline that passes the gate step by step', { timeout: 60_000 }, () => {
  it('finds its deployment again by its job, says that it went well, and sees it in the list', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const job = { GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '1', GITHUB_JOB: 'production' };
    const gate = await pipeline.run(['deploy', 'gate', '--version', '17.0'], job);
    const [deployment] = await pipeline.deployments();
    const { id } = deployment!;
    expect(gate.code, gate.err).toBe(0);
    expect(gate.out).toMatch(new RegExp(`^The gate is open: .* \\(${id}\\)\n$`));
    expect(gate.err).toContain(`Say how it went: snapback deploy finish ${id} --succeeded (or --failed)`);
    expect(await pipeline.run(['deploy', 'gate', '--version', '17.0', '-q'], job)).toEqual({
      code: 0,
      out: `${id}\n`,
      err: '',
    });

    const finished = await pipeline.run(['deploy', 'finish', id.slice(0, 8), '--succeeded']);
    expect(finished).toEqual({ code: 0, out: 'The deployment is completed.\n', err: '' });
    const [shown, listed] = await Promise.all([
      pipeline.run(['deploy', 'show', id.slice(0, 8).toUpperCase()]),
      pipeline.run(['deploy', 'list', '--kind', 'deploy'], { COLUMNS: '200' }),
    ]);
    expect(shown.out).toMatch(/^version +17\.0$/m);
    expect(shown.out).toMatch(/^status +completed$/m);
    expect(listed.out).toMatch(new RegExp(`^ID .*\n${id.slice(0, 8)} .* 17\\.0 +completed +open +\\w{8} +tester\n$`));
    const again = await pipeline.run(['deploy', 'gate', '--version', '17.0'], job);
    expect(again).toMatchObject({ code: 4, out: '', err: expect.stringContaining('has ended (completed)') });
  });

  it('says that it failed, and waits until it is rolled back', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const { out } = await pipeline.run(['deploy', 'gate', '-q']);
    await changeBoth(pipeline.place);
    const finished = await pipeline.run(['deploy', 'finish', out.trim(), '--failed', '--rollback', '--wait']);
    expect(finished.code, finished.err).toBe(0);
    expect(finished.out).toMatch(/^The environment is rolled back in .*\n$/);
    expect(await pipeline.state()).toEqual({ rows: 'captured', files: 'captured' });
    const { out: shown } = await pipeline.run(['deploy', 'show', out.trim(), '--output', 'json']);
    expect(JSON.parse(shown)).toMatchObject({ status: 'failed', rollbackDeploymentId: expect.any(String) });
  });

  it.for(
    sampleOf(
      [
        [['deploy', 'finish', randomUUID()], 2, /^Say how it went: --succeeded or --failed\.\n$/],
        [['deploy', 'finish', randomUUID(), '--succeeded', '--failed'], 2, /cannot be used with/],
        [['deploy', 'finish', randomUUID(), '--succeeded', '--rollback'], 2, /cannot be used with/],
        [['deploy', 'finish', randomUUID(), '--failed'], 3, /deployment/],
        [['deploy', 'show', 'abcd1234'], 3, /^There is no deployment of environment \d+ "abcd1234"\.\n$/],
        [['deploy', 'run'], 2, /missing required argument/],
        [['deploy', 'gate', '--key', 'two words'], 2, /Idempotency-Key/],
      ] as const,
      3,
    ),
  )('is told what is wrong with %j', async ([args, code, sentence], { expect }) => {
    const pipeline = await pipelineOf({ autoEnabled: false });
    expect(await pipeline.run(args)).toEqual({ code, out: '', err: expect.stringMatching(sentence) });
    expect(await pipeline.deployments()).toEqual([]);
  });
});
