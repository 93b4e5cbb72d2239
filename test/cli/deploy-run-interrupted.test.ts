import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { holdTable } from '../e2e/held-table.js';
import { waitUntil } from '../e2e/wait-until.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { ended, KEYS } from './command-line.js';
import { MIGRATES, Pipeline } from './pipeline.js';

let service: TestService;
const pipelines: Pipeline[] = [];

beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
  await Promise.all(pipelines.map((pipeline) => pipeline.remove()));
});

async function pipelineOf(): Promise<Pipeline> {
  const pipeline = await Pipeline.of({ ...service, client: service.client() });
  pipelines.push(pipeline);
  return pipeline;
}

describe.concurrent('deploy run that is told to end', { timeout: 60_000 }, () => {
  it('tells its command, and rolls back what that has done', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const said = join(pipeline.home, 'said');
    const command = `trap 'echo told >> "${said}"; exit 9' TERM; ${MIGRATES}; echo begun > "${said}"; while :; do sleep 0.1; done`;
    const child = pipeline.start(pipeline.deploying(command));
    const ran = ended(child);
    await waitUntil('the command has begun', () => existsSync(said));
    child.kill('SIGTERM');
    const { code, err } = await ran;
    expect(code, err).toBe(5);
    expect(err).toContain('The deployment failed (exit status 9)');
    expect(await readFile(said, 'utf8')).toBe('begun\ntold\n');
    expect(await pipeline.state()).toEqual({ rows: 'captured', files: 'captured' });
    expect(await pipeline.deployments()).toMatchObject([{ status: 'failed' }]);
  });

  it('before the gate is open calls the deployment off, and never runs the command', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const table = await holdTable(pipeline.place.database.address);
    const child = pipeline.start(pipeline.deploying('echo deployed'));
    const ran = ended(child);
    await table.dumpIsWaiting();
    child.kill('SIGTERM');
    const { code, out, err } = await ran;
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain('Interrupted before anything was deployed; the deployment is called off.');
    expect(await pipeline.deployments()).toMatchObject([{ status: 'failed', gate: 'closed' }]);
    await table.release();
  });

  it('by Ctrl-C at a terminal ends when its command has', async ({ expect }) => {
    const pipeline = await pipelineOf();
    const command = `trap 'echo told; sleep 0.5; echo tidied; exit 1' INT; echo begun; while :; do sleep 0.1; done`;
    const session = pipeline.terminal(pipeline.deploying(command, '--no-rollback'));
    await session.until(/^begun$/m);
    session.type(KEYS.ctrlC);
    expect(await session.ended).toBe(5);
    expect(session.text).toMatch(/told\n(.*\n)*tidied\n.*The deployment failed \(exit status 1\)/);
  });
});
