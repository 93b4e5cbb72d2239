import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentCreate, projectCreate, rollbackPlan } from '../../sdk/typescript/generated/sdk.gen.js';
import type { EnvironmentCreate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { urlOf } from '../harness/database.js';
import { startServiceOf } from '../harness/service.js';
import { startTcpProxy } from '../harness/tcp-proxy.js';

/** Acme keeps its data here; evil has a valid token of an organization of its own. */
let service: Awaited<ReturnType<typeof startServiceOf>>;
let acme: TestEnvironment;
let evil: Client;
let projectId: string;

beforeAll(async () => {
  service = await startServiceOf(['acme', 'evil']);
  acme = await createTestEnvironment(service.client(), service.rootOf('acme'));
  evil = service.client({ organization: 'evil' });
  projectId = (await result(projectCreate({ client: evil, body: { name: 'evil' } }))).id;
});
afterAll(async () => {
  await acme.database.drop();
  await service.stop();
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('ENVIRONMENT_')) delete process.env[name];
});

let names = 0;
/** What the service answers evil: `created`, or the problem and what it says of the fields. */
async function register(body: Partial<EnvironmentCreate>, check: boolean): Promise<unknown> {
  const { error } = await environmentCreate({
    client: evil,
    path: { projectId },
    query: { check },
    body: { name: `attempt ${(names += 1)}`, type: 'staging', ...body },
  });
  if (error === undefined) return 'created';
  return [error.code, ...(error.errors ?? []).map(({ field, message }) => `${field} ${message}`)];
}

describe('another organization’s directory', () => {
  it.each([
    ['by its path', () => acme.filestorePath],
    ['by a path through one’s own', () => join(service.rootOf('evil'), '..', 'acme')],
    ['by one above both', () => dirname(service.rootOf('acme'))],
    ['whether or not it is there', () => join(service.rootOf('acme'), 'that-is-not-there')],
  ])('cannot be registered %s', async (_, path) => {
    for (const check of [true, false])
      expect(await register({ filestorePath: path() }, check)).toEqual([
        'validation-failed',
        'filestorePath must be an absolute path below one of the filestore roots of your organization, without ".."',
      ]);
  });

  it('cannot be reached through a link in one’s own', async () => {
    const link = join(service.rootOf('evil'), 'link');
    await symlink(acme.filestorePath, link);
    expect(await register({ filestorePath: link }, true)).toEqual([
      'validation-failed',
      expect.stringContaining('does not lie below'),
    ]);
    // What is registered unchecked cannot be read either.
    expect(await register({ filestorePath: link }, false)).toBe('created');
    await mkdir(join(service.rootOf('evil'), 'own'));
  });
});

describe('another organization’s connection', () => {
  it.each([true, false])(
    'cannot be read from its variable, and a refusal does not tell whether there is one (check=%s)',
    async (check) => {
      process.env['ENVIRONMENT_ACME__SHOP'] = urlOf(acme.database.address);
      process.env['ENVIRONMENT_ACME'] = urlOf(acme.database.address);
      const refused = [
        'validation-failed',
        expect.stringMatching(/^database\.env must be a variable .* of your organization$/),
      ];
      for (const env of [
        'ENVIRONMENT_ACME__SHOP',
        'ENVIRONMENT_ACME',
        'ENVIRONMENT_ACME__NOWHERE',
        'ENVIRONMENT_EVIL_X',
      ])
        expect([env, await register({ database: { kind: 'variable', env } }, check)]).toEqual([env, refused]);
    },
  );

  it('cannot be read from its file', async () => {
    const answers = await Promise.all(
      ['acme/db', '../acme/db', '/run/secrets/acme/db'].map((file) =>
        register({ database: { kind: 'file', file } }, true),
      ),
    );
    expect(JSON.stringify(answers)).not.toContain('created');
  });
});

describe('a registration that proves nothing', () => {
  it('keeps nobody from rolling back: not by the name of a database, not by a path', async () => {
    const { id: snapshotId } = await takeSnapshot(service.client(), acme.environment.id);
    const { host, port, database } = acme.database.address;
    const named = { kind: 'connection' as const, host, port, database, user: 'nobody', password: 'guessed' };
    expect(await register({ database: named }, false)).toBe('created');
    const link = join(service.rootOf('evil'), 'to-acme');
    await symlink(acme.filestorePath, link);
    expect(await register({ filestorePath: link }, false)).toBe('created');
    const plan = await result(
      rollbackPlan({ client: service.client(), path: { environmentId: acme.environment.id }, body: { snapshotId } }),
    );
    expect(plan).toMatchObject({ allowed: true, refusals: [] });
  });
});

describe('a place that two organizations have really registered', () => {
  it('is rolled back by neither, whatever each of them calls it, and neither learns of the other', async () => {
    const { database, environment } = acme;
    const { id: snapshotId } = await takeSnapshot(service.client(), environment.id);
    const proxy = await startTcpProxy(database.address.port, { text: 'never sent by anybody', delivered: false });
    try {
      const { user, password, database: name } = database.address;
      const theirs = {
        kind: 'connection' as const,
        host: 'localhost',
        port: proxy.port,
        database: name,
        user,
        password,
      };
      expect(await register({ database: theirs }, true)).toBe('created');
      const plan = await result(
        rollbackPlan({ client: service.client(), path: { environmentId: environment.id }, body: { snapshotId } }),
      );
      expect(plan.refusals).toMatchObject([
        { code: 'database-shared', message: expect.stringContaining('another environment') },
      ]);
      expect(JSON.stringify(plan)).not.toContain('evil');
    } finally {
      await proxy.close();
    }
  });
});

describe('the service’s own', () => {
  it('database is recognised however it is spelled', async () => {
    const own = service.database;
    const proxy = await startTcpProxy(own.port, { text: 'never sent by anybody', delivered: false });
    try {
      const client = service.client();
      const { id } = await result(projectCreate({ client, body: { name: 'own' } }));
      for (const [name, place] of [
        ['by name', { host: 'localhost', port: own.port }],
        ['through a tunnel', { host: '127.0.0.1', port: proxy.port }],
      ] as const) {
        const body = { name, type: 'staging' as const, database: { kind: 'connection' as const, ...own, ...place } };
        const environment = await result(
          environmentCreate({ client, path: { projectId: id }, query: { check: false }, body }),
        );
        const path = { environmentId: environment.id };
        const { id: snapshotId } = await takeSnapshot(client, environment.id);
        const plan = await result(rollbackPlan({ client, path, body: { snapshotId } }));
        expect(plan.refusals.map(({ code }) => code)).toContain('own-database');
      }
    } finally {
      await proxy.close();
    }
  });
});
