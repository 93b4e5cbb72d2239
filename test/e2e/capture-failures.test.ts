import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentCreate, snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { garbageAfterCollection, publishedIn } from '../harness/vault-view.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfSnapshot, takeSnapshot } from './outcomes.js';

/** Root without the power to read everything; nobody else has it in the first place. */
const mortal =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', '--inh-caps', '-all'] : [];
const [command = 'true', ...rest] = [...mortal, 'true'];
const canBeMortal = spawnSync(command, rest).status === 0;

let service: TestService;
let client: Client;
let worker: ServiceProcess;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api' });
  client = service.client();
  worker = await startServiceProcess({ ...service.env, ROLE: 'worker' }, { through: canBeMortal ? mortal : [] });
});

afterAll(async () => {
  await worker.terminate();
  await nothingIsLeft(places).finally(() => service.stop());
});

async function createEnvironment(): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot);
  places.push(place);
  return place;
}

async function capture(environmentId: string): Promise<SnapshotDetails> {
  const { id: snapshotId } = await result(snapshotCreate({ client, path: { environmentId } }));
  return endOfSnapshot(client, { environmentId, snapshotId });
}

/** Nothing of a failed snapshot is in the vault, and the environment can be captured again. */
async function expectNothingStored({ project }: TestEnvironment, { id }: SnapshotDetails): Promise<void> {
  expect(await publishedIn(service, project.id)).not.toContain(id);
  expect(await garbageAfterCollection(service, project.id)).toEqual([]);
}

describe('a capture that cannot be done', () => {
  it('says that the database does not answer', async () => {
    const place = await createEnvironment();
    const port = await freePort();
    const database = {
      kind: 'connection',
      host: '127.0.0.1',
      port,
      database: 'erp',
      user: 'erp',
      password: 'a-secret-password',
    } as const;
    const filestorePath = `${place.filestorePath}-down`;
    await mkdir(filestorePath);
    const body = { name: 'down', type: 'production', database, filestorePath } as const;
    const path = { projectId: place.project.id };
    const environment = await result(environmentCreate({ client, path, query: { check: false }, body }));
    const snapshot = await capture(environment.id);
    expect(snapshot).toMatchObject({ status: 'failed', failure: { code: 'database-unreachable' }, storedBytes: null });
    expect(snapshot.failure?.message).toContain(`127.0.0.1:${port} cannot be reached (connection refused)`);
    expect(snapshot.steps).toEqual([
      {
        ...{ name: 'prepare', status: 'failed', detail: snapshot.failure?.message },
        ...{ startedAt: expect.any(String), finishedAt: snapshot.finishedAt },
      },
    ]);
    expect(worker.log()).not.toContain('a-secret-password');
    await expectNothingStored(place, snapshot);
  });

  it("gives PostgreSQL's reason when the role may not log in any more", async () => {
    const place = await createEnvironment();
    await query(place.database.admin, `ALTER ROLE ${place.database.address.user} PASSWORD 'another'`);
    const snapshot = await capture(place.environment.id);
    expect(snapshot).toMatchObject({ status: 'failed', failure: { code: 'database-authentication-failed' } });
    expect(snapshot.failure?.message).toContain('password authentication failed');
  });

  it('names the table that the role may not read', async () => {
    const place = await createEnvironment();
    await query(place.database.admin, 'CREATE TABLE payroll (salary int); INSERT INTO payroll VALUES (1)');
    const snapshot = await capture(place.environment.id);
    expect(snapshot).toMatchObject({ status: 'failed', failure: { code: 'database-permission-denied' } });
    expect(snapshot.failure?.message).toContain('permission denied for table payroll');
    const failed = snapshot.steps.filter(({ status }) => status === 'failed');
    expect(failed.map(({ detail }) => detail)).toEqual([snapshot.failure?.message]);
    await expectNothingStored(place, snapshot);

    await query(place.database.admin, `GRANT SELECT ON payroll TO ${place.database.address.user}`);
    expect((await takeSnapshot(client, place.environment.id)).status).toBe('completed');
  });

  it.skipIf(!canBeMortal)('names the file that it may not read', async () => {
    const place = await createEnvironment();
    const file = join(place.filestorePath, 'sub', 'for\nnobody.txt');
    await writeFile(file, 'secret');
    await chmod(file, 0o000);
    const snapshot = await capture(place.environment.id);
    expect(snapshot).toMatchObject({ status: 'failed', failure: { code: 'filestore-unreadable' } });
    expect(snapshot.failure?.message).toMatch(/sub\/for\\x0anobody\.txt.*permission denied/);
    await expectNothingStored(place, snapshot);

    await chmod(file, 0o400);
    expect((await takeSnapshot(client, place.environment.id)).fileCount).toBe(4);
  });
});
