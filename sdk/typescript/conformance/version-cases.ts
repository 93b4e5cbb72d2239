import assert from 'node:assert/strict';
import { SnapbackError, tagOf } from '../index.js';
import { thrownBy } from './stage.js';
import type { Case } from './stage.js';

/** Services that are newer than this client, and things that have changed since they were read. */
export const versionCases: Record<string, Case> = {
  'unknown-values': async (stage) => {
    const { environmentId, snapshotId } = stage.world;
    const warnings = [{ code: 'not-known-yet', message: 'Something new.' }];
    const merge = { status: 'hibernating', trigger: 'by-moonlight', warnings, moons: { full: true } };
    await stage.fault({ path: '/snapshots/', merge });
    const snapshot = await stage.client().snapshots.view(environmentId, snapshotId);
    const { status, trigger, warnings: told } = snapshot as { status: string; trigger: string; warnings: unknown };
    assert.deepEqual([status, trigger, told], ['hibernating', 'by-moonlight', warnings]);
    return `the status is ${status}`;
  },

  'unknown-code': async (stage) => {
    const { environmentId, snapshotId } = stage.world;
    const headers = { 'Content-Type': 'application/problem+json' };
    const body = { type: 'urn:x', title: 'New', status: 409, code: 'not-known-yet', detail: 'Something new.' };
    await stage.fault({ path: '/snapshots/', answer: { status: 409, headers, body } });
    const error = await thrownBy(stage.client().snapshots.view(environmentId, snapshotId));
    assert(error instanceof SnapbackError);
    assert.deepEqual([error.status, error.code, error.detail], [409, 'not-known-yet', 'Something new.']);
    return `the code is ${error.code}`;
  },

  precondition: async (stage) => {
    const { settings } = stage.client();
    const { environmentId } = stage.world;
    const before = await settings.view(environmentId);
    const ifMatch = tagOf(before);
    const changed = await settings.update(environmentId, { retentionDays: 40 }, { ifMatch });
    const late = await thrownBy(settings.update(environmentId, { retentionDays: 41 }, { ifMatch }));
    assert(late instanceof SnapbackError);
    assert.deepEqual([late.status, late.code], [412, 'precondition-failed']);
    const present = tagOf(await settings.view(environmentId));
    const { retentionDays } = await settings.update(environmentId, { retentionDays: 42 }, { ifMatch: present });
    assert.deepEqual([changed.retentionDays, retentionDays], [40, 42]);
    return late.detail;
  },

  'not-modified': async (stage) => {
    const { snapshots } = stage.client();
    const { environmentId, snapshotId } = stage.world;
    const ifNoneMatch = tagOf(await snapshots.view(environmentId, snapshotId));
    const again = await snapshots.view(environmentId, snapshotId, { ifNoneMatch });
    const other = await snapshots.view(environmentId, snapshotId, { ifNoneMatch: '"another"' });
    assert.deepEqual([again, other?.id], [undefined, snapshotId]);
    return 'nothing has changed';
  },
};
