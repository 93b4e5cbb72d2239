import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { retentionPlan, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { environmentVariablesNow } from '../harness/environment-variables.js';
import { S3Server } from '../harness/s3-server.js';
import { madeUpKey } from '../harness/secret-mark.js';
import { startTestService, type TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { asker, type Answer, type Ask } from './ask.js';
import { dropPlaces, newPlace, type Place } from './place.js';
import { completedSnapshot } from './world.js';

const DAY_MS = 24 * 60 * 60_000;

let server: S3Server;
let service: TestService;
let client: Client;
let ask: Ask;
let place: Place;
const putBack = environmentVariablesNow();

beforeAll(async () => {
  server = await S3Server.start({ objectLock: true });
  process.env['AWS_ACCESS_KEY_ID'] = server.credentials.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = server.credentials.secretAccessKey;
  service = await startTestService({
    ...{ VAULT_PATH: '', VAULT_S3_BUCKET: server.bucket, VAULT_S3_ENDPOINT: server.endpoint },
    ...{ VAULT_S3_LOCK_DAYS: '30', VAULT_S3_LOCK_MODE: 'compliance', VAULT_MASTER_KEY: madeUpKey('vault') },
    COLLECTION_PAUSE_SECONDS: '0',
  });
  client = service.client();
  ask = asker(service.url, testToken());
  place = await newPlace(service, client);
});
afterAll(async () => {
  await service.stop();
  await dropPlaces();
  await server.stop();
  putBack();
});

const outcome = ({ status, problem }: Answer) => [status, problem.code];
const manifests = () => server.store.versionedKeys().filter((key) => key.includes('/manifests/'));

describe('a snapshot that the bucket has locked', () => {
  it('says until when, is deleted by nobody before, and goes after that with every version of it', async () => {
    const before = Date.now();
    const { id } = await completedSnapshot(client, place.environmentId);
    const path = { environmentId: place.environmentId, snapshotId: id };
    const { lockedUntil } = await result(snapshotView({ client, path }));
    expect(Date.parse(lockedUntil ?? '')).toBeGreaterThanOrEqual(before + 30 * DAY_MS);
    expect(server.store.versionsOf(manifests()[0]!)[0]?.retention).toEqual({
      mode: 'COMPLIANCE',
      until: new Date(lockedUntil ?? ''),
    });

    const deleted = await ask('DELETE', `${place.path}/snapshots/${id}`);
    expect(outcome(deleted)).toEqual([409, 'snapshot-locked']);
    expect(deleted.problem.detail).toContain(lockedUntil);
    expect(outcome(await ask('DELETE', `${place.inProject}?snapshots=delete`))).toEqual([409, 'snapshot-locked']);
    const { items } = await result(retentionPlan({ client, path: { environmentId: place.environmentId } }));
    expect(items[0]).toMatchObject({ snapshotId: id, decision: 'keep' });
    expect(items[0]?.reasons).toContain(`locked until ${lockedUntil}`);

    server.store.clock = () => new Date(Date.now() + 32 * DAY_MS);
    await query(service.database, `UPDATE snapshots SET locked_until = locked_until - interval '32 days'`);
    await query(service.database, `UPDATE vault.packs SET locked_until = locked_until - interval '32 days'`);
    expect((await ask('DELETE', `${place.path}/snapshots/${id}`)).status).toBe(204);
    await waitUntil('nothing of it is left', () => {
      const left = server.store.versionedKeys().filter((key) => /manifests|packs/.test(key));
      return left.length === 0;
    });
    expect((await ask('GET', `${place.path}/snapshots/${id}`)).status).toBe(404);
  });
});
