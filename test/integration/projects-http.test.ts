import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Announcements } from '../../src/announcements/announcements.js';
import { AnnouncementsModule } from '../../src/announcements/announcements.module.js';
import { mintToken } from '../../src/auth/minting/mint-token.js';
import { PERMISSIONS } from '../../src/auth/permission.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { BASE_PATH } from '../../src/contract/contract.js';
import { RequestPipelineModule } from '../../src/contract/request-pipeline.module.js';
import type { Environment, Problem, Project } from '../../src/contract/generated/types.gen.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { JobsModule } from '../../src/jobs/jobs.module.js';
import { KeeperModule } from '../../src/keeper/keeper.module.js';
import { keptBeside, standbyBeside } from '../../src/projects/environments/environment-announcements.js';
import { ProjectsModule } from '../../src/projects/projects.module.js';
import { QuotasModule } from '../../src/quotas/quotas.module.js';
import { SettingsModule } from '../../src/settings/settings.module.js';
import { createTestDatabase } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { urlOf } from './registry-fixture.js';

const SECRET = 'the-secret-that-these-tests-sign-with';

let state: TestDatabase;
let app: INestApplication;
let base: string;

beforeAll(async () => {
  state = await createTestDatabase();
  const configuration = loadConfiguration({
    JWT_SECRET: SECRET,
    DATABASE_URL: urlOf(state.address),
    CREDENTIALS_KEY: randomBytes(32).toString('base64'),
    VAULT_MASTER_KEY: randomBytes(32).toString('base64'),
    TENANCY: 'multiple',
    FILESTORE_ROOTS: '/srv/{organization}',
    DATABASE_HOSTS: '*.{organization}.internal',
  });
  @Module({
    imports: [
      ConfigModule.forRoot(configuration),
      DatabaseModule,
      AnnouncementsModule.inOrder([]),
      JobsModule,
      KeeperModule,
      RequestPipelineModule,
      QuotasModule,
      ProjectsModule,
      SettingsModule,
    ],
  })
  class Registry {}
  app = await NestFactory.create(Registry, { bodyParser: false, logger: false, abortOnError: false });
  // Nobody builds or keeps anything here.
  app.get(Announcements).answer(standbyBeside, async () => null);
  app.get(Announcements).answer(keptBeside, async () => []);
  app.setGlobalPrefix(BASE_PATH);
  await app.listen(0, '127.0.0.1');
  base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/${BASE_PATH}`;
});
afterAll(async () => {
  await app.close();
  await state.drop();
});

function tokenOf(organization: string, projects: string[] | null = null): string {
  const names = { issuer: 'snapback', audience: 'snapback', subject: 'somebody', organization };
  return mintToken({ ...names, secret: SECRET, permissions: PERMISSIONS, projects, lifetimeSeconds: 60 }, new Date());
}

async function request<T>(method: string, path: string, body?: unknown, token = tokenOf('acme')) {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: (text === '' ? undefined : JSON.parse(text)) as T };
}

describe('the registry over HTTP', () => {
  it('creates, shows, changes and deletes projects and environments, and never shows a password', async () => {
    const { status, body: project } = await request<Project>('POST', '/projects', { name: 'webshop' });
    expect([status, project.environmentCount, project.organization]).toEqual([201, 0, 'acme']);
    const environments = `/projects/${project.id}/environments`;
    const database = {
      kind: 'connection',
      host: 'db.acme.internal',
      database: 'shop',
      user: 'shop',
      password: 'a-secret',
    };
    const created = await request<Environment>('POST', `${environments}?check=false`, {
      name: 'production',
      type: 'production',
      database,
    });
    expect(created.status).toBe(201);
    expect(created.body.database).toEqual({
      kind: 'connection',
      host: 'db.acme.internal',
      port: 5432,
      database: 'shop',
      user: 'shop',
      tls: 'disable',
    });
    const one = `${environments}/${created.body.id}`;
    const answers = [
      created,
      await request('GET', one),
      await request('GET', environments),
      await request('PATCH', one, { labels: { team: 'sales' } }),
      await request('PATCH', `${one}?check=false`, { database: { ...database, tls: 'require' } }),
    ];
    for (const { text } of answers) expect(text).not.toMatch(/a-secret|password|v1:/);
    expect(answers.map((answer) => answer.status)).toEqual([201, 200, 200, 200, 200]);

    expect((await request<Problem>('DELETE', `/projects/${project.id}`)).body.code).toBe('project-not-empty');
    expect(await request('DELETE', `${one}?snapshots=delete`)).toMatchObject({ status: 204, text: '' });
    expect((await request('DELETE', `/projects/${project.id}`)).status).toBe(204);
    expect((await request('GET', `/projects/${project.id}`)).status).toBe(404);
  });

  it('checks an environment unless told not to', async () => {
    const { body: project } = await request<Project>('POST', '/projects', { name: 'checked' });
    const body = { name: 'production', type: 'production', filestorePath: '/srv/acme/that-is-not-there' };
    const answer = await request<Problem>('POST', `/projects/${project.id}/environments`, body);
    expect([answer.status, answer.body.errors?.map(({ field }) => field)]).toEqual([422, ['filestorePath']]);
  });

  it('shows and changes the settings of an environment', async () => {
    const { body: project } = await request<Project>('POST', '/projects', { name: 'with settings' });
    const body = { name: 'production', type: 'production', filestorePath: '/srv/acme/shop' };
    const created = await request<Environment>('POST', `/projects/${project.id}/environments?check=false`, body);
    const settings = `/environments/${created.body.id}/snapshot-settings`;
    expect(await request('GET', settings)).toMatchObject({ status: 200, body: { retentionDays: 30 } });
    const changed = await request('PATCH', settings, { retentionDays: 60 });
    expect(changed).toMatchObject({ status: 200, body: { retentionDays: 60, maxPinned: 5 } });
    expect((await request('GET', settings, undefined, tokenOf('globex'))).status).toBe(404);
  });

  it('refuses a project to a token that is limited to others', async () => {
    const limited = tokenOf('acme', ['6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01']);
    const answer = await request<Problem>('POST', '/projects', { name: 'new' }, limited);
    expect([answer.status, answer.body.code]).toEqual([403, 'permission-missing']);
  });
});
