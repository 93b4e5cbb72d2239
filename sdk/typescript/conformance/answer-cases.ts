import assert from 'node:assert/strict';
import { SnapbackError } from '../index.js';
import { thrownBy } from './stage.js';
import type { Case } from './stage.js';

/** What answers say, and how that is read. */
export const answerCases: Record<string, Case> = {
  'errors-typed': async (stage) => {
    const error = await thrownBy(stage.client().snapshots.view(stage.world.environmentId, crypto.randomUUID()));
    assert(error instanceof SnapbackError);
    assert.deepEqual([error.status, error.code], [404, 'not-found']);
    assert(error.detail.endsWith('.') && error.detail === error.problem?.detail);
    assert(error.requestId !== undefined);
    return error.detail;
  },

  'errors-name-fields': async (stage) => {
    const error = await thrownBy(stage.client().projects.create({ name: 'x'.repeat(101) }));
    assert(error instanceof SnapbackError);
    const fields = error.fields.map(({ field }) => field);
    assert.deepEqual([error.status, fields], [422, ['name']]);
    return error.detail;
  },

  'errors-of-a-proxy': async (stage) => {
    const { environmentId, snapshotId } = stage.world;
    const answer = { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad Gateway</h1>' };
    await stage.fault({ path: '/snapshots/', answer });
    const error = await thrownBy(stage.client({ attempts: 1 }).snapshots.view(environmentId, snapshotId));
    assert(error instanceof SnapbackError);
    assert.deepEqual([error.status, error.code], [502, undefined]);
    return error.message;
  },

  nulls: async (stage) => {
    const { snapshots } = stage.client();
    const { slowEnvironmentId } = stage.world;
    const { id, status, finishedAt, failure, databaseBytes } = await snapshots.create(slowEnvironmentId);
    await snapshots.cancel(slowEnvironmentId, id);
    assert.deepEqual([status, finishedAt, failure, databaseBytes], ['queued', null, null, null]);
    return 'finishedAt, failure and databaseBytes are null';
  },

  'null-and-absent': async (stage) => {
    const { projects } = stage.client();
    const { id } = await projects.create({ name: stage.newName(), description: 'stays' });
    const renamed = await projects.update(id, { name: stage.newName() });
    const without = await projects.update(id, { description: null });
    assert.deepEqual([renamed.description, without.description], ['stays', null]);
    await projects.delete(id);
    return 'left alone, then removed';
  },

  int64: async (stage) => {
    const { environmentId, snapshotId } = stage.world;
    await stage.fault({ path: '/snapshots/', merge: { databaseBytes: 3_000_000_000_123 } });
    const { databaseBytes } = await stage.client().snapshots.view(environmentId, snapshotId);
    assert.equal(databaseBytes, 3_000_000_000_123);
    return String(databaseBytes);
  },

  pages: async (stage) => {
    const { projects } = stage.client();
    const made = await Promise.all(Array.from({ length: 5 }, () => projects.create({ name: stage.newName() })));
    const wanted = new Set(made.map(({ id }) => id));
    const seen: string[] = [];
    let early: string | undefined;
    for await (const { id } of projects.list({ pageSize: 2 })) {
      if (wanted.has(id)) seen.push(id);
      // Before all others by its name: by offset, one of them would come twice.
      if (seen.length === 2 && early === undefined)
        early = (await projects.create({ name: `a ${stage.newName()}` })).id;
    }
    assert.deepEqual(seen.toSorted(), [...wanted].toSorted());
    const [first, ...others] = await stage.requests('GET', /\/projects\?/);
    assert(first !== undefined && !first.path.includes('cursor=') && others.length >= 2);
    assert(others.every(({ path }) => path.includes('cursor=') && !path.includes('offset=')));
    await Promise.all([...wanted, early!].map((id) => projects.delete(id)));
    return `5 of 5, in ${others.length + 1} pages`;
  },

  'no-content': async (stage) => {
    const { projects } = stage.client();
    const { id } = await projects.create({ name: stage.newName() });
    const returned: unknown = await projects.delete(id);
    assert.equal(returned, undefined);
    return 'nothing came';
  },
};
