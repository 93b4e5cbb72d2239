import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Grant } from '../../src/auth/permission.js';
import { BUNDLES, PERMISSIONS } from '../../src/auth/permission.js';
import { Contract } from '../../src/contract/contract.js';
import type { Operation } from '../../src/contract/operation.js';
import { snapshotVerify } from '../../sdk/typescript/generated/sdk.gen.js';
import { watchVerification } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { TEST_SECRET, testToken } from '../harness/tokens.js';
import { token } from '../integration/http/tokens.js';
import { asker } from './ask.js';
import type { Answer } from './ask.js';
import { operations as written } from './contract-tree.js';
import { everyRow } from './every-row.js';
import { askedFor, bundlesIn, fieldsFor, grantCases, mixed } from './permission-matrix.js';
import type { Case, Claims, Field, Ids } from './permission-matrix.js';
import { idNames, idsIn, pathOf, WorkingRequests } from './working-requests.js';
import type { WorkingRequest } from './working-requests.js';
import { startWorlds } from './world.js';
import type { World, Worlds } from './world.js';

const contract = Contract.load();
const operations = [...contract.operations.values()];
const withToken = operations.filter(({ needsToken }) => needsToken);
const withPermission = withToken.filter(({ permissions }) => permissions.length > 0);
const withId = withToken.filter((operation) => idNames(operation).length > 0);
const named = (chosen: Operation[]) => chosen.map((operation) => [operation.id, operation] as const);
const grants = grantCases(contract);
const allowing = ({ permissions }: Operation) =>
  grants.filter(({ allows }) => permissions.every((needed) => allows.has(needed)));

/** Of the operations that ask for a second permission, the bodies for which they do. */
const NEEDS_ANOTHER: Record<string, unknown> = {
  settingsUpdate: { fileReferences: 'SELECT path FROM attachments' },
  deploymentFinish: { outcome: 'failed', rollbackOnFailure: true },
  // Of production, which the world is.
  snapshotFileDownload: undefined,
  snapshotExportDownload: undefined,
  snapshotExport: { format: 'zip' },
};

let worlds: Worlds;
let service: Worlds['service'];
/** Of acme, where nothing may happen. */
let world: World;
/** Of acme too, in another project; what is done with success is done here. */
let neighbour: World;
/** Of rival. */
let stranger: World;
let requests: WorkingRequests;
/** For each operation that needs more than ids one that would work. */
const prepared = new Map<string, WorkingRequest>();

beforeAll(async () => {
  worlds = await startWorlds();
  ({ service, world, neighbour, stranger } = worlds);
  requests = new WorkingRequests(contract, neighbour, asker(service.url, testToken()));
  // So that there is a verification, too, whose progress can be seen.
  const path = { environmentId: world.environment.id, snapshotId: world.snapshotId };
  await result(snapshotVerify({ client: service.client(), path }));
  for await (const _ of watchVerification(service.client(), path));
  // Without its query it would be of no file, or with no other snapshot.
  const inQuery = /^snapshot(FileDownload|Compare|.*ChangeList)$/;
  const others = operations.filter(({ id, body }) => body !== null || inQuery.test(id));
  for (const operation of others) prepared.set(operation.id, await requests.for(operation));
});
afterAll(() => worlds.stop());

/** What the owner would send, with these ids in its path. */
function send(url: string, bearer: string | null, operation: Operation, ids: Ids): Promise<Answer> {
  const { query = {}, body } = prepared.get(operation.id) ?? {};
  // What it is compared with is of the same project.
  const parameters = { ...query, ...('with' in query && { with: world.snapshotId }) };
  const path = pathOf(operation, ids);
  // What a rollback goes back to must not be what it is refused for.
  const json = ['rollbackCreate', 'rollbackPlan'].includes(operation.id) ? { snapshotId: world.snapshotId } : body;
  return asker(url, bearer)(operation.method.toUpperCase(), `${path}?${new URLSearchParams(parameters)}`, { json });
}

/** Sends them, several at a time, and tells which of them are answered otherwise. */
async function surprises(operation: Operation, fields: Field[]): Promise<string[]> {
  const waiting = [...fields];
  const found: string[] = [];
  const work = async (): Promise<void> => {
    for (let field = waiting.shift(); field !== undefined; field = waiting.shift()) {
      const { status, problem } = await send(service.url, testToken(field.claims), operation, field.ids);
      const named =
        problem.code === 'permission-missing' ? ` ${/the permission (\S+);/.exec(problem.detail ?? '')?.[1]}` : '';
      const answered = `${status} ${problem.code}${named}`;
      if (answered !== field.expected) found.push(`${field.what}: ${answered}, not ${field.expected}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return found;
}

/** What a request could have put, changed or taken away: all the service knows, and the jobs it has been given. */
async function state(): Promise<string[]> {
  const jobs = await query<{ job: string }>(
    service.database,
    `SELECT id || ' ' || name AS job FROM jobs.job ORDER BY 1`,
  );
  // What comes round by itself is nobody's doing, and that they were refused is written down.
  const known = (await everyRow(service.database)).filter(
    (row) =>
      /^(public|vault)\./.test(row) &&
      !/^public\.(service_processes |audit_(entries|chains) |keeper_items .*,(look|retention-run|collection|lost-\w+),)/.test(
        row,
      ),
  );
  // The queue itself has jobs too.
  return [...known, ...jobs.map(({ job }) => job).filter((job) => !job.includes('__'))];
}

describe('the contract', () => {
  it('asks for each permission there is, and for no other', () => {
    expect(askedFor(contract)).toEqual([...PERMISSIONS].toSorted());
  });

  it('tells of each bundle there is, and of no other', () => {
    expect([...bundlesIn(contract).keys()]).toEqual([...BUNDLES]);
  });

  it('asks for no token only where it says so', () => {
    const open = operations.filter((operation) => !withToken.includes(operation));
    expect(open.map(({ id }) => id)).toEqual(['healthLive', 'healthReady']);
  });

  it('asks for a token alone where anybody may ask who they are', () => {
    const any = withToken.filter((operation) => !withPermission.includes(operation));
    expect(any.map(({ id }) => id)).toEqual(['accessView']);
  });
});

describe('what is refused, whatever the token holds', () => {
  let before: string[];
  beforeAll(async () => {
    before = await state();
  });

  it.each(named(withToken))('%s: without a token, or without an organization in it', async (_, operation) => {
    const ids = idsIn(world, operation);
    const [withoutIt, empty] = [undefined, ''].map((org) =>
      token({ org, permissions: ['admin'] }, { alg: 'HS256' }, TEST_SECRET),
    );
    for (const bearer of [null, withoutIt!, empty!]) {
      const { status, problem } = await send(service.url, bearer, operation, ids);
      expect([status, problem.code]).toEqual([401, 'unauthenticated']);
    }
  });

  it.each(named(withPermission))('%s: in the own project, without the permission', async (_, operation) => {
    const ids = idsIn(world, operation);
    const fields = [{}, { projects: [world.project.id] }].flatMap((claims) =>
      fieldsFor(grants, operation, 'the own project', claims, ids).filter(({ expected }) => expected.startsWith('403')),
    );
    expect(fields.length).toBeGreaterThan(10);
    expect(await surprises(operation, sampleOf(fields, 5))).toEqual([]);
    const others = PERMISSIONS.filter((permission) => !operation.permissions.includes(permission));
    const { status } = await send(service.url, testToken({ permissions: others }), operation, ids);
    expect(status).toBe(403);
  });

  it('a second permission that a description names, for the bodies that need it', async () => {
    const needed = written.flatMap(({ id, operation }) =>
      (String(operation.description).match(/`[a-z]+:[a-z]+`/g) ?? []).map((word) => [id, word.slice(1, -1)] as const),
    );
    expect(needed.map(([id]) => id).toSorted()).toEqual(Object.keys(NEEDS_ANOTHER).toSorted());
    for (const [id, second] of needed) {
      const operation = contract.operations.get(id)!;
      for (const { grants: permissions } of allowing(operation).filter(({ allows }) => !allows.has(second))) {
        const path = pathOf(operation, idsIn(world, operation));
        const ask = asker(service.url, testToken({ permissions }));
        const { problem } = await ask(operation.method.toUpperCase(), path, { json: NEEDS_ANOTHER[id] });
        expect([id, permissions, problem.code]).toEqual([id, permissions, 'permission-missing']);
        expect(problem.detail).toContain(second);
      }
    }
  });

  it('names all that have no id in their path, which is where the next tests look', () => {
    const others = withToken.filter((operation) => !withId.includes(operation));
    expect(others.map(({ id }) => id)).toEqual([
      'accessView',
      'projectList',
      'projectCreate',
      'protectionList',
      'quotaView',
      'usageView',
      'operationsList',
      'auditList',
    ]);
  });

  it.each(named(withId))('%s: what belongs to somebody else, or is not there', async (_, operation) => {
    const own = idsIn(world, operation);
    const beside = idsIn(neighbour, operation);
    const missing = Object.fromEntries(Object.keys(own).map((name) => [name, randomUUID()]));
    const { project } = world;
    const outsiders: Case[] = [
      ['for another organization', { organization: 'rival' }, own],
      ['for a token limited to another project', { projects: [neighbour.project.id] }, own],
      ['that is not there', {}, missing],
    ];
    // The same in other ways: what the permission says has been seen, so that those who have it are enough.
    const more: Case[] = [
      ['for another organization that has named the project', { organization: 'rival', projects: [project.id] }, own],
      ['for the same name in other letters', { organization: 'Acme' }, own],
      ['for a token limited to what is not there', { projects: [randomUUID(), '*', '%', ''] }, own],
      ['for a token limited to no project', { projects: [] }, own],
      ['of another project, for a token limited to its own', { projects: [project.id] }, beside],
      ...mixed(operation, own, idsIn(stranger, operation), 'another organization'),
      ...mixed(operation, own, missing, 'nothing'),
      ...(idNames(operation).length > 1 ? mixed(operation, own, beside, 'another project') : []),
    ];
    // Each way is tried in each run: with one of the grants that allow the operation, and three of all, in an ordinary one.
    const some = (held: typeof grants, count: number, [what, claims, ids]: Case) =>
      fieldsFor(sampleOf(held, count), operation, what, claims, ids);
    const fields = [
      ...outsiders.flatMap((way) => some(grants, 3, way)),
      ...[...outsiders, ...more].flatMap((way) => some(allowing(operation), 1, way)),
    ];
    expect(fields.length).toBeGreaterThanOrEqual(3 * 3 + 3 + 7);
    expect(await surprises(operation, fields)).toEqual([]);
  });

  it('has changed nothing', async () => {
    expect(before.length).toBeGreaterThan(50);
    expect(await state()).toEqual(before);
  });
});

describe('an organization that the service is not for', () => {
  let single: TestService;
  beforeAll(async () => {
    single = await startTestService({ ROLE: 'api' });
  });
  afterAll(() => single.stop());

  it.each(named(withToken))('%s: is 403, whatever the token holds', async (_, operation) => {
    const refused = (organization: string, permissions: Claims['permissions']) =>
      send(single.url, testToken({ organization, permissions }), operation, idsIn(world, operation));
    const answers = await Promise.all([
      ...sampleOf(grants, 3).map((one) => refused('rival', one.grants)),
      ...['Acme', 'acme ', 'default'].map((name) => refused(name, PERMISSIONS)),
    ]);
    const codes = new Set(answers.map(({ status, problem }) => `${status} ${problem.code}`));
    expect([...codes]).toEqual(['403 organization-refused']);
  });

  it('leaves nothing there', async () => {
    expect(await query(single.database, 'SELECT FROM projects')).toEqual([]);
  });
});

describe('what is allowed', () => {
  it.each(named(withToken))(
    '%s: with its permission alone, and with each bundle that holds it',
    async (_, operation) => {
      expect(allowing(operation).length).toBeGreaterThan(1);
      for (const { grants: permissions } of sampleOf(allowing(operation), 2)) {
        const { path, query: parameters, body } = await requests.for(operation);
        const ask = asker(service.url, testToken({ permissions }));
        const method = operation.method.toUpperCase();
        const { status, problem } = await ask(method, `${path}?${new URLSearchParams(parameters)}`, { json: body });
        // The rollback at hand keeps nothing for an undo, which is what it is refused for.
        const isDone = status < 300 || (operation.id === 'rollbackUndo' && problem.code === 'undo-unavailable');
        expect([permissions, status, isDone]).toEqual([permissions, status, true]);
      }
    },
  );

  it.each(named(withId.filter(({ method }) => method === 'get')))(
    '%s: limited to its project',
    async (_, operation) => {
      const second = operation.id in NEEDS_ANOTHER ? ['admin'] : [];
      const permissions = ['viewer', ...operation.permissions, ...second] as Grant[];
      const claims = { projects: [world.project.id.toUpperCase()], permissions };
      expect((await send(service.url, testToken(claims), operation, idsIn(world, operation))).status).toBe(200);
    },
  );

  it('needs no token for health, the contract and Swagger UI', async () => {
    const nobody = asker(service.url, null);
    const open = operations.filter((operation) => !withToken.includes(operation)).map(({ path }) => path);
    for (const path of [...open, '/docs', '/docs-json', '/openapi.yaml', '/openapi.json']) {
      expect([path, (await nobody('GET', path)).status]).toEqual([path, 200]);
    }
  });
});
