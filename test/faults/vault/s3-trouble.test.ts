import { afterAll, beforeAll, expect, it } from 'vitest';
import { RetryingBackend } from '../../../src/vault/backend/wrappers/retrying-backend.js';
import { S3Server } from '../../harness/s3-server.js';
import type { ServerFault } from '../../harness/s3/server-faults.js';
import type { OperationName } from './announcements.js';
import { makePlace } from './place.js';
import { brokenPromises, codeOf, leftovers } from './promises.js';
import { performRecorded } from './recorded-operations.js';
import { SavedWorld } from './saved-world.js';
import { openWorld, type World } from './world.js';
import { sampleOf } from '../../harness/thorough.js';

let setting: Awaited<ReturnType<typeof makePlace>>;
let server: S3Server;
/** One that asks once, to look at the results, and one that tries again. */
let world: World;
let retrying: World;
let saved: SavedWorld;
beforeAll(async () => {
  setting = await makePlace();
  server = await S3Server.start();
  const { endpoint, bucket, credentials } = server;
  setting.place.store = { s3: { endpoint, bucket, credentials, partBytes: 5 * 1024 * 1024 } };
  world = await openWorld(setting.place, 'faults');
  saved = await SavedWorld.create(world);
  retrying = await openWorld(setting.place, 'faults', {
    backend: (inner) => new RetryingBackend(inner, { maxAttempts: 6, baseDelayMs: 1, maxDelayMs: 10 }),
  });
});
afterAll(async () => {
  await retrying.close();
  await world.close();
  await server.stop();
  await setting.remove();
});

const PASSING: readonly ServerFault[] = [
  { kind: 'status', status: 503, code: 'SlowDown' },
  { kind: 'drop' },
  { kind: 'drop-answer' },
  { kind: 'slow', ms: 20 },
  { kind: 'cut-body' },
];
const OPERATIONS: readonly OperationName[] = ['capture', 'collect', 'delete', 'rebuild'];

const troubles = OPERATIONS.flatMap((operation) => PASSING.map((fault) => [operation, fault.kind, fault] as const));

it.each(sampleOf(troubles, 3))(
  'gets over a server that fails a third of all requests during: %s (%s)',
  async (operation, _, fault) => {
    await saved.reset();
    const ledger = saved.ledger();
    for (let skip = 0; skip < 90; skip += 3) server.faults.add({ fault, skip });
    const error = await performRecorded(retrying, ledger, operation);
    server.faults.clear();
    expect(error).toBeUndefined();
    expect(await brokenPromises(world, ledger)).toEqual([]);
    expect(await leftovers(world)).toEqual([]);
  },
  60_000,
);

it.each<[string, ServerFault, string[]]>([
  ['refuses everything from some request on', { kind: 'status', status: 403, code: 'AccessDenied' }, ['denied']],
  // Nobody can see that but by what was to be read: a listing is asked for again, a key file is called damaged.
  [
    'halves answers and their lengths',
    { kind: 'short-body' },
    ['key-file-damaged', 'manifest-damaged', 'vault-unreadable'],
  ],
])(
  'breaks no promise when the server %s',
  async (_, fault, codes) => {
    for (const operation of sampleOf(OPERATIONS, 1)) {
      for (const skip of sampleOf([1, 7], 1)) {
        await saved.reset();
        const ledger = saved.ledger();
        server.faults.add({ fault, skip, times: Infinity });
        const error = await performRecorded(retrying, ledger, operation);
        server.faults.clear();
        expect(['undefined', 'unavailable', ...codes]).toContain(codeOf(error));
        if (await world.catalogue.isBeingRebuilt(world.place.project)) await performRecorded(world, ledger, 'rebuild');
        expect(await brokenPromises(world, ledger)).toEqual([]);
        expect(await leftovers(world)).toEqual([]);
      }
    }
  },
  120_000,
);
