import { open } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotCancel, snapshotList } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { holdTable } from '../e2e/held-table.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { ended } from './command-line.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

const WAIT = ['snapshot', 'create', '--wait'];

let service: TestService;
let client: Client;
let place: TestEnvironment;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  await takeSnapshot(client, place.environment.id);
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

/** As before `| true`: nobody reads from the start, neither on this side nor, unless told, on the other. */
function unread(args: readonly string[], sides: readonly ('stdout' | 'stderr')[]) {
  const child = snapback.start(args);
  for (const side of sides) child[side]!.destroy();
  return ended(child);
}

/** With one side on a disk that has no room. */
async function full(args: readonly string[], side: 'out' | 'err') {
  const disk = await open('/dev/full', 'w');
  const stdio = side === 'out' ? (['ignore', disk.fd, 'pipe'] as const) : (['ignore', 'pipe', disk.fd] as const);
  return ended(snapback.start(args, {}, [...stdio])).finally(() => disk.close());
}

describe('a pipe that is closed', () => {
  it('is no trouble for a list, for help, and for what is not found', async () => {
    const runs = await Promise.all([
      unread(['snapshot', 'list'], ['stdout']),
      unread(['--help'], ['stdout']),
      unread(['snapshot', 'show', 'nothing'], ['stdout']),
      unread(['snapshot', 'show', 'nothing'], ['stdout', 'stderr']),
    ]);
    expect(runs).toMatchObject([{ code: 0, err: '' }, { code: 0, err: '' }, { code: 3 }, { code: 3 }]);
    expect(runs[2].err).toMatch(/^There is no snapshot of [^\n]*\n$/);
  });

  it('does not end waiting, and what came of it is what the program exits with', async () => {
    expect(await unread(WAIT, ['stdout', 'stderr'])).toMatchObject({ code: 0 });

    const table = await holdTable(place.database.address);
    const run = unread(WAIT, ['stdout']);
    await table.dumpIsWaiting();
    const path = { environmentId: place.environment.id };
    const { items } = await result(snapshotList({ client, path }));
    await result(snapshotCancel({ client, path: { ...path, snapshotId: items[0]!.id } }));
    const { code, err } = await run;
    await table.release();
    expect([code, err]).toEqual([5, expect.stringMatching(/\nThe snapshot is cancelled\.\n$/)]);
  });

  it('ends looking on at what runs', async () => {
    const table = await holdTable(place.database.address);
    const taken = takeSnapshot(client, place.environment.id);
    await table.dumpIsWaiting();
    const watching = snapback.start(['watch']);
    // Nobody reads on after the first line, and then there is another one.
    watching.stdout!.once('data', () => {
      watching.stdout!.destroy();
      void table.release();
    });
    expect(await ended(watching)).toMatchObject({ code: 0, err: '' });
    await taken;
  });
});

describe('a disk that is full', () => {
  it('is told of when what was asked for does not fit', async () => {
    const [list, waited] = await Promise.all([full(['snapshot', 'list'], 'out'), full(WAIT, 'out')]);
    expect(list).toMatchObject({
      code: 5,
      err: 'What was asked for cannot be written: ENOSPC: no space left on device, write\n',
    });
    expect(waited).toMatchObject({
      code: 5,
      err: expect.stringMatching(/\nWhat was asked for cannot be written: [^\n]*\n$/),
    });
  });

  it('is no trouble when all that does not fit is progress', async () => {
    expect(await full(WAIT, 'err')).toMatchObject({ code: 0, out: expect.stringContaining('is completed') });
  });
});
