import assert from 'node:assert/strict';
import { NoAnswerError, SnapbackError, TimeOutError } from '../index.js';
import type { CallOptions, SnapbackOptions, SnapshotDetails } from '../index.js';
import { pause, secondsOf, thrownBy } from './stage.js';
import type { Case, Stage } from './stage.js';

function viewOf(
  stage: Stage,
  options: Partial<SnapbackOptions> = {},
  call: CallOptions = {},
): Promise<SnapshotDetails> {
  const { environmentId, snapshotId } = stage.world;
  return stage.client(options).snapshots.view(environmentId, snapshotId, call);
}

/** Requests that are lost, late, refused for a moment, or called off. */
export const requestCases: Record<string, Case> = {
  retries: async (stage) => {
    await stage.fault({ path: '/snapshots/', times: 2, answer: { status: 503, headers: { 'Retry-After': '1' } } });
    const seconds = await secondsOf(viewOf(stage));
    assert(seconds >= 2, `after ${seconds} s`);
    assert.equal((await stage.requests('GET', /\/snapshots\//)).length, 3);
    return `the third answer, after ${seconds.toFixed(1)} s`;
  },

  'retries-by-date': async (stage) => {
    const answer = { status: 503, headers: { 'Retry-After': '{now+2}' } };
    await stage.fault({ path: '/snapshots/', clockSkewSeconds: -3600, answer });
    const seconds = await secondsOf(viewOf(stage));
    assert(seconds >= 2 && seconds < 5, `after ${seconds} s`);
    return `the second answer, after ${seconds.toFixed(1)} s`;
  },

  'retries-with-key': async (stage) => {
    const { environmentId } = stage.world;
    const { snapshots } = stage.client();
    const label = stage.newName();
    await stage.fault({ method: 'POST', path: '/snapshots$', lose: true });
    const { id } = await snapshots.create(environmentId, { label });
    const sent = await stage.requests('POST', /\/snapshots$/);
    const keys = new Set(sent.map(({ headers }) => headers['idempotency-key']));
    const there = (await snapshots.list(environmentId).toArray()).filter((snapshot) => snapshot.label === label);
    await snapshots.waitFor(environmentId, id);
    assert.deepEqual([sent.length, keys.size, keys.has(undefined), there.length], [2, 1, false, 1]);
    return 'sent twice with one key, and there is one';
  },

  'no-retry-without-key': async (stage) => {
    await stage.fault({ method: 'POST', path: '/projects$', lose: true });
    const error = await thrownBy(stage.client().projects.create({ name: stage.newName() }));
    assert(error instanceof NoAnswerError && error.outcomeUnknown);
    assert.equal((await stage.requests('POST', /\/projects$/)).length, 1);
    return error.message;
  },

  'delete-answer-lost': async (stage) => {
    const { projects } = stage.client();
    const { id } = await projects.create({ name: stage.newName() });
    await stage.fault({ method: 'DELETE', path: '/projects/', lose: true });
    await projects.delete(id);
    assert.equal((await stage.requests('DELETE', /\/projects\//)).length, 2);
    const error = await thrownBy(projects.delete(id));
    assert(error instanceof SnapbackError && error.status === 404);
    return 'sent twice, and the 404 of the second was no error';
  },

  'retries-end': async (stage) => {
    await stage.fault({ path: '/snapshots/', times: 100, answer: { status: 503 } });
    const error = await thrownBy(viewOf(stage, { attempts: 3 }));
    assert(error instanceof SnapbackError);
    assert.equal(error.status, 503);
    assert.equal((await stage.requests('GET', /\/snapshots\//)).length, 3);
    return error.message;
  },

  'time-out': async (stage) => {
    await stage.fault({ path: '/snapshots/', times: 100, hang: true });
    let error: unknown;
    const seconds = await secondsOf(thrownBy(viewOf(stage, { timeoutMs: 2000 })).then((thrown) => (error = thrown)));
    assert(error instanceof TimeOutError);
    assert(seconds < 3, `after ${seconds} s`);
    return `${error.message} (${seconds.toFixed(1)} s)`;
  },

  'cancel-request': async (stage) => {
    await stage.fault({ path: '/snapshots/', times: 100, hang: true });
    const cancelling = new AbortController();
    setTimeout(() => cancelling.abort(), 300);
    let error: unknown;
    const work = thrownBy(viewOf(stage, {}, { signal: cancelling.signal })).then((thrown) => (error = thrown));
    const seconds = await secondsOf(work);
    assert(error === cancelling.signal.reason && (error as Error).name === 'AbortError');
    assert(seconds < 1, `after ${seconds} s`);
    await pause(1500);
    assert.equal((await stage.requests('GET', /\/snapshots\//)).length, 1);
    return `${(error as Error).name} after ${seconds.toFixed(1)} s`;
  },

  'long-key': async (stage) => {
    const { snapshots } = stage.client();
    const { environmentId, snapshotId } = stage.world;
    const error = await thrownBy(snapshots.create(environmentId, {}, { idempotencyKey: 'k'.repeat(10_000) }));
    assert(error instanceof SnapbackError);
    const { id } = await snapshots.view(environmentId, snapshotId);
    assert.equal(id, snapshotId);
    return `${error.status}: ${error.detail}`;
  },
};
