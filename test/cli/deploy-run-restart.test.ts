import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { waitUntil } from '../e2e/wait-until.js';
import { freePort } from '../harness/free-port.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { descendantsOf, startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { testToken } from '../harness/tokens.js';
import { ended } from './command-line.js';
import { Pipeline } from './pipeline.js';

let setting: ServiceSetting;
let service: ServiceProcess;
let pipeline: Pipeline;

beforeAll(async () => {
  const own = await createServiceSetting({ PORT: String(await freePort()) });
  setting = own;
  service = await startServiceProcess(own.env);
  const client = connect({ baseUrl: service.url, token: testToken() });
  pipeline = await Pipeline.of({ url: service.url, filestoreRoot: own.filestoreRoot, client }, { autoEnabled: false });
});
afterAll(async () => {
  await service.kill();
  await pipeline.remove();
  await setting.remove();
});

it('deploy run says how it went although the service is restarted meanwhile, and it is told to end', async () => {
  const [begun, mayEnd] = [join(pipeline.home, 'begun'), join(pipeline.home, 'may-end')];
  const command = `touch '${begun}'; while [ ! -e '${mayEnd}' ]; do sleep 0.05; done; echo deployed`;
  const child = pipeline.start(pipeline.deploying(command, '--version', '17.0'));
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ran = ended(child);
  await waitUntil('the command has begun', () => existsSync(begun));
  await service.terminate();
  await writeFile(mayEnd, '');
  // In vain, so far; and then its job is cancelled.
  await waitUntil('the command has ended', async () => (await descendantsOf(child.pid!)).length === 0);
  child.kill('SIGTERM');
  await waitUntil('that is heard', () => said.includes('The service is told first how the deployment went.'));
  service = await startServiceProcess(setting.env);
  const told = expect.stringMatching(/^deployed\nThe deployment of environment \d+ is completed\.\n$/);
  expect(await ran).toMatchObject({ code: 0, out: told });
  expect(await pipeline.deployments()).toMatchObject([{ version: '17.0', status: 'completed' }]);
}, 60_000);
