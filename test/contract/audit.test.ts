import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveChains } from '../../src/audit/chain/prove-chains.js';
import { statementsOn } from '../../src/audit/chain/statements.js';
import { Contract } from '../../src/contract/contract.js';
import type { AuditEntry, AuditPage } from '../../src/contract/generated/types.gen.js';
import { Pool } from 'pg';
import { query, urlOf } from '../harness/database.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { startServiceOf } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Ask } from './ask.js';
import { NO_WORKERS, WorkingRequests } from './working-requests.js';
import { createWorld } from './world.js';
import type { World } from './world.js';

const contract = Contract.load();
const changing = [...contract.operations.values()].filter(({ method }) => method !== 'get');

/** Operations that change nothing, though they are no GET, and why. */
const CHANGES_NOTHING: Record<string, string> = {
  environmentCheck: 'It looks at an environment, with what it would need.',
  retentionPreview: 'It says what retention would do with other settings.',
  rollbackPlan: 'It says what a rollback would do.',
};
/** Those of which the world's thing has nothing to be done. */
const REFUSED_HERE: Record<string, string> = { rollbackUndo: 'undo-unavailable' };

let service: Awaited<ReturnType<typeof startServiceOf>>;
let world: World;
let ask: Ask;
let requests: WorkingRequests;

beforeAll(async () => {
  service = await startServiceOf(['acme', 'rival']);
  world = await createWorld(service.client(), {
    filestoreRoot: service.rootOf('acme'),
    state: service.database,
    directory: service.directory,
  });
  ask = asker(service.url, testToken({ subject: 'ann' }));
  requests = new WorkingRequests(contract, world, ask);
}, 60_000);
afterAll(async () => {
  await service.stop();
  await world.database.drop();
});

async function entries(parameters: Record<string, string>, by: Ask = ask): Promise<AuditEntry[]> {
  const { status, body } = await by('GET', `/api/v1/audit?${new URLSearchParams(parameters)}`);
  expect([status, body]).toEqual([200, body]);
  return (body as AuditPage).items;
}

describe('every change', () => {
  it.each(changing.filter(({ id }) => !(id in CHANGES_NOTHING)).map((operation) => [operation.id, operation] as const))(
    '%s is in the audit, with who asked and by which request',
    async (id, operation) => {
      const { path, query: parameters, body } = await requests.for(operation);
      if (id === 'snapshotUnpin') await ask('POST', path);
      const requestId = `test-${randomUUID()}`;
      const headers = { 'x-request-id': requestId, 'user-agent': 'audit-test/1.0' };
      const method = operation.method.toUpperCase();
      const answer = await ask(method, `${path}?${new URLSearchParams(parameters)}`, { json: body, headers });
      expect(answer.headers.get('x-request-id')).toBe(requestId);
      const found = await entries({ requestId });
      expect(answer.problem.code).toBe(REFUSED_HERE[id]);
      const entry = {
        ...{ operation: id, requestId, actor: 'ann', actorKind: 'caller', outcome: 'done' },
        ...{ userAgent: 'audit-test/1.0', address: '127.0.0.1', projectId: expect.any(String) },
      };
      expect(found).toMatchObject(id in REFUSED_HERE ? [] : [entry]);
      expect(found.filter(({ before, after }) => before === null && after === null)).toEqual([]);
    },
  );

  it.each(Object.keys(CHANGES_NOTHING))('%s is in it not: it changes nothing', async (id) => {
    const { path, query: parameters, body } = await requests.for(contract.operations.get(id)!);
    const requestId = `test-${randomUUID()}`;
    const sent = { json: body, headers: { 'x-request-id': requestId } };
    expect((await ask('POST', `${path}?${new URLSearchParams(parameters)}`, sent)).status).toBe(200);
    expect(await entries({ requestId })).toEqual([]);
  });

  it('says what is different, and nothing else', async () => {
    const path = `/api/v1/environments/${world.environment.id}/snapshot-settings`;
    await ask('PATCH', path, { json: { retentionDays: 17 } });
    await ask('PATCH', path, { json: { retentionDays: 18 } });
    const [entry] = await entries({ operation: 'settingsUpdate', environmentId: world.environment.id, limit: '1' });
    expect(entry).toMatchObject({
      before: { retentionDays: 17, updatedAt: expect.any(String) },
      after: { retentionDays: 18, updatedAt: expect.any(String) },
    });
    expect(Object.keys(entry!.after!)).toHaveLength(2);
  });

  it('is one, however often its request is repeated under its key', async () => {
    const path = `/api/v1/environments/${world.environment.id}/snapshots`;
    const headers = { 'idempotency-key': randomUUID() };
    const first = await ask('POST', path, { json: {}, headers });
    const again = await ask('POST', path, { json: {}, headers });
    expect(again.body).toMatchObject({ id: (first.body as { id: string }).id });
    expect(await entries({ subjectId: (first.body as { id: string }).id })).toHaveLength(1);
  });

  it('has no secret in it', async () => {
    const [password, header, otherPassword, otherHeader] = [1, 2, 3, 4].map(madeUpSecret);
    const json = {
      ...{ name: `with secrets ${randomUUID().slice(0, 8)}`, type: 'staging', pool: NO_WORKERS },
      database: { kind: 'connection', host: 'db.internal', port: 5432, database: 'shop', user: 'shop', password },
      beforeCutover: { kind: 'request', url: 'https://hooks.internal/x', headers: { authorization: header } },
    };
    const environments = `/api/v1/projects/${world.project.id}/environments`;
    const { status, body } = await ask('POST', `${environments}?check=false`, { json });
    expect([status, body]).toEqual([201, body]);
    const { id } = body as { id: string };
    const changed = { database: { ...json.database, password: otherPassword } };
    await ask('PATCH', `${environments}/${id}?check=false`, { json: changed });
    const hook = { ...json.beforeCutover, headers: { authorization: otherHeader } };
    await ask('PATCH', `${environments}/${id}?check=false`, { json: { beforeCutover: hook } });
    const found = await entries({ environmentId: id });
    expect(found.map(({ after }) => after)).toMatchObject([
      { hookHeadersChanged: true },
      { passwordChanged: true },
      { name: json.name },
    ]);
    const rows = await query(service.database, 'SELECT entry::text AS said FROM audit_entries entry');
    const said = JSON.stringify([found, rows]);
    expect([password, header, otherPassword, otherHeader].filter((secret) => said.includes(secret!))).toEqual([]);
  });

  it('of the service itself is in it too', async () => {
    const [expected] = await entries({ actor: 'system:rollback.run' });
    const safety = `/api/v1/environments/${world.environment.id}/rollback`;
    expect(expected).toBeUndefined();
    const { status } = await ask('POST', safety, { json: { snapshotId: world.snapshotId } });
    expect(status).toBe(202);
    await expect
      .poll(() => entries({ actor: 'system:rollback.run' }), { timeout: 20_000 })
      .toMatchObject([{ operation: 'snapshot.create', actorKind: 'system', requestId: null, address: null }]);
  });
});

describe('a refusal', () => {
  const weak = (subject: string) => asker(service.url, testToken({ subject, permissions: ['viewer'] }));

  it('for want of a permission is in it, by a guard as by a service', async () => {
    const { id } = world.environment;
    await weak('eve')('DELETE', `/api/v1/environments/${id}/snapshots/${world.snapshotId}`);
    const settings = asker(service.url, testToken({ subject: 'eve', permissions: ['settings:write'] }));
    const json = { fileReferences: 'SELECT path FROM attachments' };
    await settings('PATCH', `/api/v1/environments/${id}/snapshot-settings`, { json });
    expect(await entries({ actor: 'eve', outcome: 'refused' })).toMatchObject([
      { operation: 'settingsUpdate', after: { code: 'permission-missing' }, environmentId: id },
      {
        ...{ operation: 'snapshotDelete', subjectKind: 'snapshot', subjectId: world.snapshotId, before: null },
        ...{ environmentId: id, projectId: world.project.id },
        after: { code: 'permission-missing', detail: expect.stringContaining('snapshots:write') },
      },
    ]);
  });

  it('names no place of others', async () => {
    const rival = asker(service.url, testToken({ organization: 'rival', subject: 'mallory', permissions: ['viewer'] }));
    await rival('DELETE', `/api/v1/environments/${world.environment.id}/snapshots/${world.snapshotId}`);
    const all = asker(service.url, testToken({ organization: 'rival' }));
    expect(await entries({ actor: 'mallory' }, all)).toMatchObject([{ environmentId: null, projectId: null }]);
    expect(await entries({ actor: 'mallory' })).toEqual([]);
  });

  it('that comes again and again is counted, and not written each time', async () => {
    for (let n = 0; n < 20; n += 1) await weak('flood')('POST', '/api/v1/projects', { json: { name: 'x' } });
    expect(await entries({ actor: 'flood' })).toHaveLength(1);
  });
});

describe('who may see it', () => {
  it('is who has the permission, of the own organization', async () => {
    for (const permissions of [['viewer'], ['deployer'], ['environments:write']] as const) {
      const { status, problem } = await asker(service.url, testToken({ permissions }))('GET', '/api/v1/audit');
      expect([status, problem.code]).toEqual([403, 'permission-missing']);
    }
    for (const permissions of [['operator'], ['admin'], ['audit:read']] as const) {
      expect((await asker(service.url, testToken({ permissions }))('GET', '/api/v1/audit')).status).toBe(200);
    }
    const rival = asker(service.url, testToken({ organization: 'rival', subject: 'somebody' }));
    expect((await entries({}, rival)).filter(({ actor }) => actor === 'ann')).toEqual([]);
  });

  it('and of its projects alone where a token is limited to some', async () => {
    const limited = asker(service.url, testToken({ projects: [world.project.id] }));
    const seen = await entries({ limit: '100' }, limited);
    expect(seen.length).toBeGreaterThan(5);
    expect(new Set(seen.map(({ projectId }) => projectId))).toEqual(new Set([world.project.id]));
    expect(await entries({}, asker(service.url, testToken({ projects: [randomUUID(), 'no id'] })))).toEqual([]);
    expect(await entries({}, asker(service.url, testToken({ projects: [] })))).toEqual([]);
  });
});

describe('the list', () => {
  const all = async (limit: string, parameters: Record<string, string> = {}, by = ask): Promise<AuditEntry[]> => {
    const found: AuditEntry[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const sent = new URLSearchParams({ ...parameters, limit, ...(cursor !== undefined && { cursor }) });
      const page = (await by('GET', `/api/v1/audit?${sent}`)).body as AuditPage;
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    return found;
  };

  it('is newest first, and its pages bring each entry once', async () => {
    const whole = await all('100');
    expect(whole.map(({ sequence }) => sequence)).toEqual(whole.map((_, index) => whole.length - index));
    expect(await all('7')).toEqual(whole);
    const limited = asker(service.url, testToken({ projects: [world.project.id] }));
    const own = whole.filter(({ projectId }) => projectId === world.project.id);
    expect(await all('7', {}, limited)).toEqual(own);
  });

  it('finds by each filter, and by several', async () => {
    const whole = await all('100');
    const middle = whole[Math.floor(whole.length / 2)]!;
    const { projectId, actor, operation, outcome, at } = middle;
    const matching = (test: (entry: AuditEntry) => boolean) => whole.filter(test);
    expect(await all('100', { actor })).toEqual(matching((entry) => entry.actor === actor));
    expect(await all('100', { operation })).toEqual(matching((entry) => entry.operation === operation));
    expect(await all('100', { outcome: 'refused' })).toEqual(matching((entry) => entry.outcome === 'refused'));
    expect(await all('100', { since: at })).toEqual(matching((entry) => entry.at >= at));
    expect(await all('100', { until: at })).toEqual(matching((entry) => entry.at < at));
    expect(await all('100', { projectId: projectId!, actor, outcome, since: at, until: at })).toEqual([]);
    const some = matching(
      (entry) => entry.projectId === projectId && entry.actor === actor && entry.outcome === outcome,
    );
    expect(await all('100', { projectId: projectId!, actor, outcome })).toEqual(some);
  });
});

it('and all chains are whole', async () => {
  const pool = new Pool({ connectionString: urlOf(service.database) });
  const verdicts = [];
  for await (const verdict of proveChains(statementsOn(pool))) verdicts.push(verdict);
  await pool.end();
  expect(verdicts.map(({ ok }) => ok)).not.toContain(false);
  expect(verdicts.map(({ organization }) => organization)).toEqual(['acme', 'rival']);
});
