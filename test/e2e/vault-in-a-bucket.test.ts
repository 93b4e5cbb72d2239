import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotVerify, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { putEnvironmentBack } from '../harness/environment.js';
import { S3Server } from '../harness/s3-server.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { publishedIn } from '../harness/vault-view.js';
import { waitUntil } from './wait-until.js';
import { nothingIsLeft } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { rollBack, takeSnapshot } from './outcomes.js';

let s3: S3Server;
let service: TestService;
let worker: ServiceProcess;
let client: Client;
let place: TestEnvironment;
const outside = { ...process.env };
const busy = { fault: { kind: 'status', status: 503, code: 'SlowDown' }, times: 3 } as const;

beforeAll(async () => {
  s3 = await S3Server.start();
  const credentials = {
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  };
  // The API, in this process, finds them where the SDK looks for them.
  Object.assign(process.env, credentials);
  const bucket = { VAULT_S3_BUCKET: s3.bucket, VAULT_S3_ENDPOINT: s3.endpoint, VAULT_S3_PREFIX: 'snapshots/of/acme' };
  service = await startTestService({ ROLE: 'api', ...bucket });
  worker = await startServiceProcess({ ...service.env, ...credentials, ROLE: 'worker' });
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
});

afterAll(async () => {
  await worker.terminate();
  await nothingIsLeft([place]).finally(() => service.stop());
  putEnvironmentBack(outside);
  await s3.stop();
});

describe('a vault in a bucket', () => {
  it('brings database and files back, also when the bucket is busy now and then', async () => {
    s3.faults.add(busy);
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    expect(await publishedIn(service, place.project.id)).toEqual([snapshotId]);
    await changeBoth(place);
    s3.faults.add(busy);
    const log = await rollBack(client, place.environment.id, { snapshotId });
    expect(log).toMatchObject({ status: 'completed', failure: null });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    for (const key of s3.store.keys()) expect(key).toMatch(/^snapshots\/of\/acme\//);
  });

  it.each([
    ['does not answer', { kind: 'drop' }, 'unavailable'],
    ['answers that it cannot', { kind: 'status', status: 500, code: 'InternalError' }, 'unavailable'],
    ['lets nobody in', { kind: 'status', status: 403, code: 'AccessDenied' }, 'denied'],
  ] as const)(
    'is not taken for damaged while its server %s',
    async (_, fault, code) => {
      const snapshot = await takeSnapshot(client, place.environment.id);
      const path = { environmentId: place.environment.id, snapshotId: snapshot.id };
      s3.faults.add({ fault, times: 10_000 });
      await result(snapshotVerify({ client, path }));
      const verification = await waitUntil(
        'the verification ends',
        async () => {
          const { verification } = await result(snapshotView({ client, path }));
          return verification?.status === 'ended' && verification;
        },
        { seconds: 40 },
      ).finally(() => s3.faults.clear());
      expect(verification).toMatchObject({ outcome: 'inconclusive', finding: { code } });
      expect((await result(snapshotView({ client, path }))).restorability).toMatchObject({
        state: 'doubtful',
        findings: [{ code, blocking: false }],
      });
    },
    60_000,
  );
});
