import { afterAll, beforeAll, expect, it } from 'vitest';
import { BackendError, type BackendErrorCode } from '../../../src/vault/backend/backend-error.js';
import { FaultInjectingBackend } from './fault-injecting-backend.js';
import { FaultScript, type BackendOperation, type Fault } from './planned-faults.js';
import { CatalogueError } from '../../../src/vault/catalogue/catalogue-error.js';
import { KeyError } from '../../../src/vault/keys/key-error.js';
import { VaultError } from '../../../src/vault/vault-error.js';
import type { OperationName } from './announcements.js';
import { collect } from './operations.js';
import { brokenPromises, leftovers, untruths } from './promises.js';
import { performRecorded } from './recorded-operations.js';
import { makePlace } from './place.js';
import { SavedWorld } from './saved-world.js';
import { currentKey, openWorld, type World } from './world.js';
import { sampleOf } from '../../harness/thorough.js';

let setting: Awaited<ReturnType<typeof makePlace>>;
/** One without faults, to look at the results, and one with. */
let world: World;
let troubled: World;
let saved: SavedWorld;
const faults = new FaultScript();
beforeAll(async () => {
  setting = await makePlace();
  world = await openWorld(setting.place, 'faults');
  saved = await SavedWorld.create(world);
  troubled = await openWorld(setting.place, 'faults', { backend: (inner) => new FaultInjectingBackend(inner, faults) });
});
afterAll(async () => {
  await troubled.close();
  await world.close();
  await setting.remove();
});

const CODES: readonly BackendErrorCode[] = ['unavailable', 'denied', 'truncated', 'disk-full', 'missing'];
const fail = CODES.map((code): Fault => ({ kind: 'fail', code }));
/** Where nothing is written a few of them do. */
const some = fail.filter((_, index) => index < 3);
const breakOff: Fault = { kind: 'break-off', after: 1, code: 'unavailable' };
/** What can go wrong in each kind of call. */
const FAULTS: Partial<Record<BackendOperation, readonly Fault[]>> = {
  put: [
    ...fail,
    { kind: 'time-out', afterMs: 5 },
    { kind: 'lose-answer' },
    { kind: 'forget' },
    { kind: 'lie' },
    breakOff,
  ],
  replace: [...fail, { kind: 'lose-answer' }, { kind: 'forget' }],
  read: [...some, { kind: 'time-out', afterMs: 5 }, { kind: 'short', bytes: 1 }, { kind: 'flip', bit: 999 }],
  stream: [...some, { kind: 'short', bytes: 1 }, { kind: 'flip', bit: 999 }, breakOff],
  stat: [...some, { kind: 'time-out', afterMs: 5 }, { kind: 'lie' }],
  list: [...some, breakOff],
  delete: [...some, { kind: 'lose-answer' }, { kind: 'forget' }],
};
const OPERATIONS: readonly OperationName[] = ['capture', 'collect', 'delete', 'rebuild', 'rotate'];
const CALLS = Object.keys(FAULTS) as BackendOperation[];
const CALLS_TRIED = 3;
/** Kinds of calls of each operation, and faults of each kind of call, in an ordinary run. */
const CALLS_DRAWN = 2;
const FAULTS_TRIED = 1;

/** Errors that somebody can look up. */
const DOCUMENTED = [BackendError, VaultError, CatalogueError, KeyError];

it.each(OPERATIONS)(
  'a store that fails in any call, in any way, breaks no promise during: %s',
  async (operation) => {
    const before = CALLS.map((call) => faults.calls(call));
    await saved.reset();
    expect(await brokenBy(operation)).toEqual([]);
    const calls = CALLS.map((call, index) => faults.calls(call) - before[index]!);
    const made = [...CALLS.entries()].filter(([index]) => calls[index]! > 0);
    for (const [index, call] of sampleOf(made, CALLS_DRAWN)) {
      const turns = [...FAULTS[call]!.entries()];
      for (const [turn, fault] of sampleOf(turns, FAULTS_TRIED)) {
        // The first call, one in the middle, the last; each kind of fault meets one of them.
        const nth = 1 + Math.floor(((turn % CALLS_TRIED) * (calls[index]! - 1)) / (CALLS_TRIED - 1));
        await saved.reset();
        faults.add({ operation: call, nth, fault });
        expect({ call, fault, nth, broken: await brokenBy(operation) }).toEqual({ call, fault, nth, broken: [] });
      }
    }
  },
  240_000,
);

/** Does it, faults and all, and looks at what has become of the vault without any. */
async function brokenBy(operation: OperationName): Promise<string[]> {
  const ledger = saved.ledger();
  troubled.masterKey = await currentKey(world.backend, world.place);
  const error = await performRecorded(troubled, ledger, operation);
  const broken: string[] = [];
  if (error !== undefined && !DOCUMENTED.some((kind) => error instanceof kind)) {
    broken.push(`It fails with an error that nobody has documented: ${String(error)}`);
  }
  faults.clear();
  world.masterKey = await currentKey(world.backend, world.place);
  if (operation === 'rebuild') {
    // What it could not read it has left out, and nobody can restore that until it is done again. Nothing is lost meanwhile.
    if (!(await world.catalogue.isBeingRebuilt(world.place.project))) broken.push(...(await untruths(world, ledger)));
    await collect(world).catch(() => undefined);
    await performRecorded(world, ledger, 'rebuild');
  }
  return [...broken, ...(await brokenPromises(world, ledger)), ...(await leftovers(world))];
}
