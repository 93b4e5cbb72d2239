import assert from 'node:assert/strict';
import { SnapbackError, SnapshotNotCompletedError } from '../index.js';
import type { Snapback, SnapshotProgress } from '../index.js';
import { pause, soon, thrownBy } from './stage.js';
import type { Case, Stage } from './stage.js';

const PROGRESS = /\/progress$/;
const streams = (stage: Stage) => stage.requests('GET', PROGRESS);

/** All events of a snapshot that takes its time; `onEvent` is told the number of each, and the snapshot's id. */
async function watched(
  { snapshots }: Snapback,
  environmentId: string,
  onEvent: (count: number, snapshotId: string) => void = () => undefined,
): Promise<SnapshotProgress[]> {
  const { id } = await snapshots.create(environmentId);
  const events: SnapshotProgress[] = [];
  for await (const event of snapshots.watch(environmentId, id)) onEvent(events.push(event), id);
  return events;
}

/** What is true of each watching, however often it was interrupted. */
function assertWhole(events: readonly SnapshotProgress[]): void {
  assert.equal(new Set(events.map((event) => JSON.stringify(event))).size, events.length, 'an event came twice');
  assert(events.every(({ at, final }) => typeof at === 'string' && typeof final === 'boolean'));
  assert.deepEqual(events.map(({ final }) => final).indexOf(true), events.length - 1);
}

/** Watching one that is slow goes on where it was interrupted; it is cancelled as soon as that has been seen. */
async function assertResumes(stage: Stage, fault: object): Promise<string> {
  const snapback = stage.client();
  const { slowEnvironmentId } = stage.world;
  await stage.fault({ path: PROGRESS.source, ...fault });
  const events = await watched(snapback, slowEnvironmentId, (count, id) => {
    if (count === 5) void snapback.snapshots.cancel(slowEnvironmentId, id);
  });
  assertWhole(events);
  const [first, second, ...more] = await streams(stage);
  assert.deepEqual([first?.headers['last-event-id'], more.length], [undefined, 0]);
  assert(second?.headers['last-event-id'] !== undefined);
  return `${events.length} events, taken up behind ${second.headers['last-event-id']}`;
}

/** Streams of events, and those who wait for their end. */
export const streamCases: Record<string, Case> = {
  'unknown-event': async (stage) => {
    const { environmentId, snapshotId } = stage.world;
    await stage.fault({ path: PROGRESS.source, insertEvent: 'event: moon-phase\ndata: {"full":true}\n\n' });
    const events: SnapshotProgress[] = [];
    for await (const event of stage.client().snapshots.watch(environmentId, snapshotId)) events.push(event);
    assert(events.length > 0 && events.every((event) => event.snapshotId === snapshotId));
    return `${events.length} events, none of them unknown`;
  },

  'stream-ends': async (stage) => {
    const events = await watched(stage.client(), stage.world.environmentId);
    assertWhole(events);
    await soon('the connection is closed', async () =>
      (await streams(stage)).every(({ closedAt }) => closedAt !== null),
    );
    return `${events.length} events, the last one ${events.at(-1)?.status}`;
  },

  'stream-resumes': (stage) => assertResumes(stage, { cutAfterEvents: 2 }),

  'stream-truncated': (stage) => assertResumes(stage, { cutWithinEvent: 2 }),

  'stream-survives-restart': async (stage) => {
    let restarted: Promise<void> | undefined;
    const events = await watched(stage.client(), stage.world.slowEnvironmentId, (count) => {
      if (count === 3) restarted = stage.restart();
    });
    await restarted;
    assert(restarted !== undefined && events.at(-1)?.final === true);
    return `${events.length} events, the last one ${events.at(-1)?.status}`;
  },

  'stream-refused': async (stage) => {
    const { environmentId, snapshotId } = stage.world;
    for (const [status, asked] of [
      [401, 1],
      [403, 1],
      [404, 1],
      [401, 2],
    ] as const) {
      await stage.reset();
      await stage.fault({ path: PROGRESS.source, times: 10, answer: { status } });
      const { snapshots } = stage.client(asked === 2 ? { token: () => stage.token } : {});
      const error = await thrownBy(snapshots.watch(environmentId, snapshotId).next());
      assert(error instanceof SnapbackError);
      assert.deepEqual([error.status, (await streams(stage)).length], [status, asked]);
    }
    return 'at once, but for a token that may be another one';
  },

  'stream-token-expired': async (stage) => {
    const { environmentId, snapshotId } = stage.world;
    const body = 'event: token-expired\ndata: {"code":"token-expired","message":"Expired."}\n\n';
    const answer = { status: 200, headers: { 'Content-Type': 'text/event-stream' }, body };
    await stage.fault({ path: PROGRESS.source, answer });
    const tokens = ['an-old-one', stage.token];
    const { snapshots } = stage.client({ token: () => tokens.shift() ?? 'one-too-many' });
    for await (const event of snapshots.watch(environmentId, snapshotId)) assert.equal(event.snapshotId, snapshotId);
    const sent = (await streams(stage)).map(({ headers }) => headers['authorization']);
    assert.deepEqual(sent, ['Bearer an-old-one', `Bearer ${stage.token}`]);
    return 'opened again with a fresh token';
  },

  'stream-buffered': async (stage) => {
    const { slowEnvironmentId } = stage.world;
    const { snapshots } = stage.client({ idleMs: 2000 });
    await stage.fault({ path: PROGRESS.source, times: 1000, buffer: true });
    const { id } = await snapshots.create(slowEnvironmentId);
    const { finishedAt } = await snapshots.waitFor(slowEnvironmentId, id);
    const seconds = (Date.now() - Date.parse(finishedAt!)) / 1000;
    assert(seconds < 5, `${seconds} s after its end`);
    return `${seconds.toFixed(1)} s after its end`;
  },

  'cancel-stream': async (stage) => {
    const { snapshots } = stage.client();
    const { slowEnvironmentId } = stage.world;
    const { id } = await snapshots.create(slowEnvironmentId);
    for await (const event of snapshots.watch(slowEnvironmentId, id)) if (!event.final) break;
    await soon('the connection is closed', async () => (await streams(stage))[0]?.closedAt !== null);
    await pause(500);
    assert.equal((await streams(stage)).length, 1);
    await snapshots.cancel(slowEnvironmentId, id);
    return 'closed, and no other one was made';
  },

  'wait-for-snapshot': async (stage) => {
    const { snapshots } = stage.client();
    const { environmentId, slowEnvironmentId } = stage.world;
    const { id } = await snapshots.create(environmentId);
    const { status } = await snapshots.waitFor(environmentId, id);
    const { id: slowId } = await snapshots.create(slowEnvironmentId);
    const cancel = () => void snapshots.cancel(slowEnvironmentId, slowId);
    const error = await thrownBy(snapshots.waitFor(slowEnvironmentId, slowId, { onProgress: once(cancel) }));
    assert(error instanceof SnapshotNotCompletedError);
    assert.deepEqual([status, error.snapshot.id, error.snapshot.status], ['completed', slowId, 'cancelled']);
    return error.message;
  },
};

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
