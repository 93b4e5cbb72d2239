import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import { keepsNothing } from '../../src/settings/protection.js';
import { SnapshotDefaultsService } from '../../src/settings/snapshot-defaults.service.js';
import { toSettingsDto } from '../../src/settings/settings.dto.js';
import { someCaller, startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';

let registry: Registry;
let caller: Caller;
let environmentId: string;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
});
afterAll(() => registry.close());
beforeEach(async () => {
  caller = someCaller();
  const { project } = await registry.projects.create(caller, { name: 'shop' });
  const body = { name: 'production', type: 'production' as const, filestorePath: '/srv/shop' };
  environmentId = (await registry.environments.create(caller, project.id, body, false)).id;
});

const defaults = {
  autoEnabled: true,
  failurePolicy: 'block',
  maxPinned: 5,
  retentionDays: 30,
  timeoutSeconds: 3600,
  fullEveryDays: 7,
  includeUnloggedTables: true,
  maxReadBytesPerSecond: null,
  fileReferences: null,
  undoMinutes: 60,
  verify: 'never',
  verifyRestored: 'counts',
  databaseProperties: 'captured',
  standby: 'off',
  gateRequires: 'captured',
  timeZone: 'UTC',
  schedule: [],
  schedulePaused: false,
  skipUnchanged: false,
  keepLast: 0,
  keepHourly: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
};

describe('snapshot settings', () => {
  it('are the defaults until somebody changes them, and stay those that were made', async () => {
    const first = await registry.settings.view(caller, environmentId);
    const { sources, ...shown } = toSettingsDto(first);
    expect(shown).toEqual({ environmentId, ...defaults, nextRuns: [], updatedAt: first.updatedAt.toISOString() });
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
    expect(await registry.settings.view(caller, environmentId)).toEqual(first);
  });

  it('are made once when many look at once', async () => {
    const views = await Promise.all(Array.from({ length: 8 }, () => registry.settings.view(caller, environmentId)));
    expect(new Set(views.map(({ updatedAt }) => updatedAt.getTime())).size).toBe(1);
  });

  it('keep what a change leaves out, also when nobody has looked at them before', async () => {
    expect(await registry.settings.update(caller, environmentId, { retentionDays: 60 })).toMatchObject({
      ...defaults,
      retentionDays: 60,
    });
    const changed = await registry.settings.update(caller, environmentId, { autoEnabled: false, maxPinned: 0 });
    expect(changed).toMatchObject({ ...defaults, retentionDays: 60, autoEnabled: false, maxPinned: 0 });
  });

  it('take in two changes at once', async () => {
    await Promise.all([
      registry.settings.update(caller, environmentId, { retentionDays: 7 }),
      registry.settings.update(caller, environmentId, { failurePolicy: 'continue' }),
      registry.settings.update(caller, environmentId, { timeoutSeconds: 60 }),
    ]);
    expect(await registry.settings.view(caller, environmentId)).toMatchObject({
      retentionDays: 7,
      failurePolicy: 'continue',
      timeoutSeconds: 60,
    });
  });

  it('keep something of snapshots, whoever of environment and project comes first', async () => {
    const { dataSource, reader, announcements } = registry;
    const rules = new SnapshotDefaultsService(dataSource, reader, announcements);
    const { projectId } = await reader.require(caller, environmentId);
    for (let time = 0; time < 10; time += 1) {
      await rules.replace(caller, projectId, [{ keepLast: 5 }]);
      await registry.settings.update(caller, environmentId, { retentionDays: 30 });
      // Each by itself leaves the other's.
      const outcomes = await Promise.allSettled([
        rules.replace(caller, projectId, []),
        registry.settings.update(caller, environmentId, { retentionDays: 0 }),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(keepsNothing(await registry.settings.view(caller, environmentId))).toBe(false);
    }
  });

  it('name the setting that another one needs as it is called, and stay as they were', async () => {
    const change = { gateRequires: 'standby', standby: 'off', retentionDays: 60 } as const;
    await expect(registry.settings.update(caller, environmentId, change)).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ field: 'gateRequires' }],
    });
    expect(await registry.settings.view(caller, environmentId)).toMatchObject(defaults);
  });

  it('are not found for an environment that is gone', async () => {
    await expect(registry.settingsReader.of(randomUUID())).rejects.toMatchObject({ code: 'not-found' });
  });

  it('go with their environment', async () => {
    const { projectId } = await registry.reader.require(caller, environmentId);
    await registry.settings.view(caller, environmentId);
    await registry.environments.delete(caller, projectId, environmentId, { deleteSnapshots: false });
    const rows: unknown[] = await registry.dataSource.query('SELECT FROM snapshot_settings WHERE environment_id = $1', [
      environmentId,
    ]);
    expect(rows).toEqual([]);
  });
});
