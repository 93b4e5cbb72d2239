import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentUpdate, environmentView } from '../../sdk/typescript/generated/sdk.gen.js';
import type { EnvironmentUpdate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { rollBack, takeSnapshot } from './outcomes.js';

const program = join(tmpdir(), `snapback-test-hook-${process.pid}`);
let service: TestService;
let client: Client;
let place: TestEnvironment;
let server: Server;
let url: string;
let snapshotId: string;
const calls: { event: string; outcome: string | null; state: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  await writeFile(program, `#!/bin/sh\ncat >> ${program}.told\n`);
  await chmod(program, 0o755);
  service = await startTestService({ HOOK_COMMANDS: `pause-pooler=${program}`, HOOK_HOSTS: '127.0.0.1' });
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  ({ id: snapshotId } = await takeSnapshot(client, place.environment.id));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', async () => {
      const { event, outcome } = JSON.parse(body) as { event: string; outcome: string | null };
      const { rows } = await stateOf(place);
      calls.push({ event, outcome, state: rows, authorization: request.headers.authorization });
      response.writeHead(request.url === '/fail' ? 500 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all([program, `${program}.told`].map((path) => rm(path, { force: true })));
  await nothingIsLeft([place]).finally(() => service.stop());
});

async function withHooks(body: EnvironmentUpdate) {
  const path = { projectId: place.project.id, environmentId: place.environment.id };
  await result(environmentUpdate({ client, path, body }));
  await changeBoth(place);
  calls.length = 0;
  return rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
}

it('calls both around the swap, with headers that nobody gets to see again', async () => {
  const hook = { kind: 'request' as const, url: `${url}/ok`, headers: { Authorization: 'Bearer a-secret' } };
  const log = await withHooks({ beforeCutover: hook, afterCutover: { kind: 'request', url: `${url}/ok` } });

  expect(log).toMatchObject({ status: 'completed', warnings: [] });
  expect(calls).toEqual([
    { event: 'beforeCutover', outcome: null, state: 'present', authorization: 'Bearer a-secret' },
    { event: 'afterCutover', outcome: 'completed', state: 'captured', authorization: undefined },
  ]);
  const path = { projectId: place.project.id, environmentId: place.environment.id };
  const { beforeCutover } = await result(environmentView({ client, path }));
  expect(beforeCutover).toEqual({
    kind: 'request',
    url: `${url}/ok`,
    headerNames: ['Authorization'],
    timeoutSeconds: 10,
  });
});

it('touches nothing when the one before fails, and calls the one after', async () => {
  const log = await withHooks({
    beforeCutover: { kind: 'request', url: `${url}/fail` },
    afterCutover: { kind: 'request', url: `${url}/ok` },
  });

  expect(log).toMatchObject({ status: 'failed', failure: { code: 'hook-failed' } });
  expect(calls.map(({ event, outcome }) => [event, outcome])).toEqual([
    ['beforeCutover', null],
    ['afterCutover', 'reverted'],
  ]);
  expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
});

it('completes with a warning when the one after fails', async () => {
  const log = await withHooks({ beforeCutover: null, afterCutover: { kind: 'request', url: `${url}/fail` } });

  expect(log).toMatchObject({ status: 'completed', warnings: [{ message: expect.stringContaining('answered 500') }] });
  expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
});

it("runs a command of the worker's, and none that it does not know", async () => {
  const known = await withHooks({ beforeCutover: { kind: 'command', command: 'pause-pooler' }, afterCutover: null });
  expect(known.status).toBe('completed');
  expect(JSON.parse(await readFile(`${program}.told`, 'utf8'))).toMatchObject({ event: 'beforeCutover', snapshotId });

  const unknown = await withHooks({ beforeCutover: { kind: 'command', command: 'rm-everything' } });
  expect(unknown).toMatchObject({ status: 'failed', failure: { code: 'hook-failed' } });
});
