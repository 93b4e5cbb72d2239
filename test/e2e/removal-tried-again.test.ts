import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client as ApiClient } from '../../sdk/typescript/generated/client/index.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { logOf, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: ApiClient;
let place: TestEnvironment;

/** The state that is beside the live one holds a prepared transaction once the rollback has swapped. */
const hook = createServer((_, response) => {
  void inTheStateBeside((connection) => connection.query(`BEGIN; PREPARE TRANSACTION 'in the way'`)).finally(() =>
    response.writeHead(204).end(),
  );
});

beforeAll(async () => {
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  service = await startTestService({ HOOK_HOSTS: '127.0.0.1' });
  client = service.client();
  const { port } = hook.address() as AddressInfo;
  const afterCutover = { kind: 'request' as const, url: `http://127.0.0.1:${port}/`, timeoutSeconds: 60 };
  place = await createTestEnvironment(client, service.filestoreRoot, { afterCutover, undoMinutes: 0 });
});

afterAll(async () => {
  hook.closeAllConnections();
  hook.close();
  await nothingIsLeft([place]).finally(() => service.stop());
});

async function inTheStateBeside(work: (connection: Client) => Promise<unknown>): Promise<void> {
  const [name] = await statesBeside(place);
  await query(place.database.admin, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
  const connection = new Client({ ...place.database.admin, database: name! });
  await connection.connect();
  try {
    await work(connection);
  } finally {
    await connection.end();
  }
}

it('a previous state that cannot be removed is said to be there, cannot be swapped back, and goes when it can', async () => {
  const { id } = place.environment;
  const { id: snapshotId } = await takeSnapshot(client, id);
  await changeBoth(place);

  const log = await rollBack(client, id, { snapshotId, createSafetySnapshot: false });

  const leftOver = { code: 'left-over', message: expect.stringContaining('prepared transaction') };
  expect(log).toMatchObject({ status: 'completed', warnings: [leftOver], undoableUntil: null });
  expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  expect(await statesBeside(place)).toContain(log.keptDatabase);

  await inTheStateBeside((connection) => connection.query(`ROLLBACK PREPARED 'in the way'`));
  const gone = async () => (await logOf(client, id, log.deploymentId)).keptDatabase === null;
  await waitUntil('it is removed', gone, { seconds: 15 });
  expect(await statesBeside(place)).toEqual([]);
});
