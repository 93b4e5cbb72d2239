import { environmentChange, environmentRemoval } from '../../src/projects/environments/environment-announcements.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import type { DatabaseConnectionWritable, EnvironmentUpdateWritable } from '../../src/contract/generated/types.gen.js';
import { errors } from '../../src/errors/catalogue.js';
import { EnvironmentChecks } from '../../src/projects/environments/environment-checks.js';
import { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { EnvironmentsService } from '../../src/projects/environments/environments.service.js';
import { someCaller, startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';

let registry: Registry;
let database: DatabaseConnectionWritable;
let caller: Caller;
let environment: EnvironmentEntity;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  database = { kind: 'connection', ...registry.database.address };
});
afterAll(() => registry.close());
beforeEach(async () => {
  caller = someCaller();
  const { project } = await registry.projects.create(caller, { name: 'shop' });
  const body = { name: 'production', type: 'production' as const, database, filestorePath: '/srv/shop' };
  environment = await registry.environments.create(caller, project.id, body, false);
});

const update = (body: EnvironmentUpdateWritable, check = false) =>
  registry.environments.update(caller, environment.projectId, environment.id, body, { check });

const withoutPassword = () => ({ ...database, password: undefined });

async function storedPassword(): Promise<string | undefined> {
  const current = await registry.reader.require(caller, environment.id);
  return (await registry.connections.resolve({ ...current, filestorePath: null })).database?.password;
}

describe('changing an environment', () => {
  it('changes what is given and nothing else', async () => {
    const changed = await update({ labels: { tier: 'gold' }, neutralizeSql: 'SELECT 1' });
    expect(changed).toEqual({
      ...environment,
      labels: { tier: 'gold' },
      neutralizeSql: 'SELECT 1',
      updatedAt: changed.updatedAt,
    });
    expect(await update({ neutralizeSql: null })).toMatchObject({ neutralizeSql: null, labels: { tier: 'gold' } });
  });

  it('keeps the password while host, port and user stay the same', async () => {
    await update({ database: { ...withoutPassword(), tls: 'disable' } }, true);
    expect(await storedPassword()).toBe(database.password);
  });

  it('never lets a stored password go to another host', async () => {
    await update({ database: { ...withoutPassword(), host: 'elsewhere.example' } });
    expect(await storedPassword()).toBe('');
    await update({ database: withoutPassword() });
    expect(await storedPassword()).toBe('');
  });

  it('checks a new connection, but not an old one that nobody touches', async () => {
    await update({ database: { ...database, password: 'wrong' } });
    await expect(update({ labels: { tier: 'gold' } }, true)).resolves.toBeDefined();
    await expect(update({ database: withoutPassword() }, true)).rejects.toMatchObject({
      errors: [{ field: 'database', message: expect.stringContaining('password authentication failed') }],
    });
    await expect(update({ database }, true)).resolves.toBeDefined();
  });

  it('leaves alone a path that the roots no longer contain, until it is given', async () => {
    registry.configuration.FILESTORE_ROOTS = ['/data'];
    try {
      await expect(update({ name: 'live' })).resolves.toMatchObject({ name: 'live', filestorePath: '/srv/shop' });
      await expect(update({ filestorePath: '/srv/shop' })).rejects.toMatchObject({ code: 'validation-failed' });
    } finally {
      registry.configuration.FILESTORE_ROOTS = ['/srv'];
    }
  });

  it('removes the database or the filestore, but not both', async () => {
    expect(await update({ database: null })).toMatchObject({ database: null, databasePassword: null });
    await expect(update({ filestorePath: null })).rejects.toMatchObject({
      detail: 'database and filestorePath must not both be null; an environment has one of them, or both.',
    });
  });

  it('cannot remove both when two ask for one each at once', async () => {
    const outcomes = await Promise.allSettled([update({ database: null }), update({ filestorePath: null })]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('checks again when somebody else changed the connection during the check', async () => {
    const theirs = { ...database, host: 'theirs.example', password: 'theirs' };
    let checks = 0;
    class Interrupted extends EnvironmentChecks {
      override async refuseUnreachable(...prospect: Parameters<EnvironmentChecks['refuseUnreachable']>): Promise<void> {
        checks += 1;
        await super.refuseUnreachable(...prospect);
        if (checks === 1) await update({ database: theirs });
      }
    }
    const { dataSource, reader, announcements, box, configuration, connections, places, proofs } = registry;
    const rows = dataSource.getRepository(EnvironmentEntity);
    const interrupted = new Interrupted(configuration, connections, places);
    const service = new EnvironmentsService(
      ...([dataSource, rows, reader, interrupted, announcements, box, proofs, registry.quotas] as const),
    );
    const body = { database: withoutPassword() };
    // With the host of the others in its place, the password that was kept at first is not theirs to keep.
    const attempt = service.update(caller, environment.projectId, environment.id, body, { check: true });
    await expect(attempt).rejects.toMatchObject({ code: 'validation-failed' });
    expect(checks).toBe(2);
    expect(await storedPassword()).toBe('theirs');
  });

  it('cannot take the name of another', async () => {
    const body = { name: 'staging', type: 'staging' as const, filestorePath: '/srv/staging' };
    await registry.environments.create(caller, environment.projectId, body, false);
    await expect(update({ name: 'staging' })).rejects.toMatchObject({ code: 'name-taken' });
  });
});

describe('who watches environments', () => {
  let seen: string[];
  let refuse: boolean;

  beforeAll(() => {
    registry.announcements.listen('test', environmentChange, async (manager, { environment: { id, name } }) => {
      if (id !== environment.id) return;
      seen.push(`change ${name}`);
      await manager.query(`UPDATE environments SET allow_unneutralized = true WHERE id = $1`, [id]);
      if (refuse) throw errors.environmentBusy('rollback', id);
    });
    registry.announcements.listen(
      'test',
      environmentRemoval,
      async (manager, { environment: { id }, deleteSnapshots, caller: who }) => {
        if (id !== environment.id) return;
        seen.push(`delete ${deleteSnapshots} ${who.subject}`);
        await manager.query(`UPDATE environments SET allow_unneutralized = true WHERE id = $1`, [id]);
        if (refuse) throw errors.environmentHasSnapshots(3);
      },
    );
  });
  beforeEach(() => {
    seen = [];
    refuse = false;
  });

  it.each<[string, EnvironmentUpdateWritable]>([
    ['type', { type: 'staging' }],
    ['filestorePath', { filestorePath: '/srv/other' }],
    ['neutralizeSql', { neutralizeSql: 'SELECT 1' }],
    ['pool', { pool: 'other' }],
    ['database', { database: null }],
  ])('is asked before %s changes', async (_, body) => {
    await update(body);
    expect(seen).toEqual(['change production']);
  });

  it('is asked before a password changes', async () => {
    await update({ database: { ...database, password: 'new' } });
    expect(seen).toHaveLength(1);
  });

  it('is not asked about what does not matter to a running operation, or stays the same', async () => {
    await update({ name: 'live', labels: { a: 'b' }, allowUnneutralized: true });
    await update({ type: 'production', filestorePath: '/srv/shop', pool: 'default', neutralizeSql: null, database });
    expect(seen).toEqual([]);
  });

  it('refuses a change, and what it had written is undone', async () => {
    refuse = true;
    await expect(update({ type: 'staging' })).rejects.toMatchObject({ code: 'environment-busy' });
    const current = await registry.reader.require(caller, environment.id);
    expect(current).toMatchObject({ type: 'production', allowUnneutralized: false });
  });

  it('refuses a deletion, or lets it happen', async () => {
    const { projectId, id } = environment;
    refuse = true;
    const attempt = registry.environments.delete(caller, projectId, id, { deleteSnapshots: false });
    await expect(attempt).rejects.toMatchObject({ code: 'environment-has-snapshots' });
    refuse = false;
    await registry.environments.delete(caller, projectId, id, { deleteSnapshots: true });
    expect(seen).toEqual(['delete false somebody', 'delete true somebody']);
    expect(await registry.reader.byId(id)).toBeNull();
  });
});
