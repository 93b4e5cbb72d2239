import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackLogList, snapshotList } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { KEYS } from './command-line.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

let service: TestService;
let client: Client;
let production: TestEnvironment;
let staging: TestEnvironment;
let emptyProject: string;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  const place = (type: 'production' | 'staging') =>
    createTestEnvironment(client, service.filestoreRoot, { name: `${type} one`, type, undoMinutes: 10 });
  [production, staging] = [await place('production'), await place('staging')];
  for (const each of [production, staging]) {
    await takeSnapshot(client, each.environment.id);
    await changeBoth(each);
  }
  snapback = await somebody(service.url);
  const { out } = await snapback.run(['project', 'create', 'nothing in it', '--quiet']);
  emptyProject = out.trim();
});
afterAll(async () => {
  await service.stop();
  await Promise.all([production.database.drop(), staging.database.drop(), snapback.remove()]);
});

const variables = ({ project, environment }: TestEnvironment) => ({
  SNAPBACK_PROJECT: project.id,
  SNAPBACK_ENVIRONMENT: environment.id,
});

/** All that the commands of this file might destroy. */
async function allThatIs() {
  const things = [production, staging].map(async (place) => {
    const path = { environmentId: place.environment.id };
    const { items: snapshots } = await result(snapshotList({ client, path }));
    const { total: rollbacks } = await result(rollbackLogList({ client, path }));
    return { state: await stateOf(place), snapshots: snapshots.map(({ id, status }) => [id, status]), rollbacks };
  });
  const { out } = await snapback.run(['project', 'list', '--quiet']);
  return { places: await Promise.all(things), projects: out.split('\n').toSorted() };
}

const DESTROY: readonly (readonly string[])[] = [
  ['rollback', 'run', 'latest'],
  ['snapshot', 'rm', 'latest'],
  ['env', 'rm', 'production one'],
  ['env', 'rm', 'production one', '--delete-snapshots'],
  ['project', 'rm', 'nothing in it'],
];

/** Somebody at a terminal, at the question that the command asks. */
async function asked(args: readonly string[], place: TestEnvironment, env: NodeJS.ProcessEnv = {}) {
  const session = snapback.terminal(args, { env: { ...variables(place), ...env }, columns: 200 });
  await session.until(/to go on\.|\?[^]*No/);
  return session;
}

const RUN = ['rollback', 'run', 'latest', '--wait', '--no-safety-snapshot'];

describe('what destroys', () => {
  it('is refused where nobody can be asked, and changes nothing', async ({ expect }) => {
    const before = await allThatIs();
    const env = variables(production);
    const [atTerminal, ...runs] = await Promise.all([
      // That of a pipeline is one where nobody sits.
      (async () => {
        const session = snapback.terminal(DESTROY[0]!, { env: { ...env, CI: 'true' } });
        return { code: await session.ended, err: session.text };
      })(),
      ...DESTROY.map((args) => snapback.run(args, { env, input: 'production one\ny\n' })),
    ]);
    expect(runs.map(({ code }) => code)).toEqual(DESTROY.map(() => 2));
    const sentence = 'This asks before it is done, and nobody is here to answer; add --yes.\n';
    expect([atTerminal.code, ...[atTerminal, ...runs].map(({ err }) => err.endsWith(sentence))]).toEqual([
      ...[2, true],
      ...DESTROY.map(() => true),
    ]);
    expect(await allThatIs()).toEqual(before);
  });

  it('changes nothing when the name that is typed is not that of the environment', async ({ expect }) => {
    const before = await allThatIs();
    const typed = ['production', '', 'y', `production one${KEYS.ctrlC}`];
    const ends = typed.map(async (keys, at) => {
      const session = await asked(DESTROY[at]!, production);
      session.type(`${keys}${KEYS.enter}`);
      return { code: await session.ended, told: session.text.trimEnd().split('\n').at(-1) };
    });
    const wrong = { code: 130, told: 'That is not production one; nothing was changed.' };
    expect(await Promise.all(ends)).toEqual([wrong, wrong, wrong, { code: 130, told: 'Nothing was changed.' }]);
    expect(await allThatIs()).toEqual(before);
  });

  it('of less weight is asked with a yes or a no, and a hasty Enter is a no', async ({ expect }) => {
    const before = await allThatIs();
    const ends = [DESTROY[1]!, DESTROY[4]!].map(async (args) => {
      const session = await asked(args, staging);
      session.type(KEYS.enter);
      return { code: await session.ended, told: session.text.trimEnd().split('\n').at(-1) };
    });
    const no = { code: 130, told: 'Nothing was changed.' };
    expect(await Promise.all(ends)).toEqual([no, no]);
    expect(await allThatIs()).toEqual(before);

    const session = await asked(DESTROY[4]!, staging);
    session.type('y');
    expect({ code: await session.ended, text: session.text }).toEqual({
      code: 0,
      text: expect.stringContaining('The project nothing in it is removed.'),
    });
    expect((await allThatIs()).projects).not.toContain(emptyProject);
  });

  it('is what was agreed to: a plan that is not so any more is refused', async ({ expect }) => {
    const before = await allThatIs();
    const session = await asked(RUN, production);
    const { address } = production.database;
    await query(address, `ALTER DATABASE "${address.database}" SET work_mem = '8MB'`);
    session.type(`production one${KEYS.enter}`);
    expect({ code: await session.ended, text: session.text }).toEqual({
      code: 4,
      text: expect.stringMatching(/\n[^\n]*plan[^\n]*\.\nLook at the plan again with "snapback rollback plan"\.\n$/),
    });
    expect(await allThatIs()).toEqual(before);
  });

  it('is done when it is agreed to, and taken back when that is', async ({ expect }) => {
    const session = await asked(RUN, production);
    expect(session.text).toMatch(/work_mem: 8MB → unset/);
    session.type(`production one${KEYS.enter}`);
    expect({ code: await session.ended, text: session.text }).toMatchObject({ code: 0 });
    expect(await stateOf(production)).toEqual({ rows: 'captured', files: 'captured' });

    const undo = ['rollback', 'undo', '--wait'];
    const { code, err } = await snapback.run(undo, { env: variables(production) });
    expect([code, err]).toEqual([2, 'This asks before it is done, and nobody is here to answer; add --yes.\n']);
    expect(await stateOf(production)).toEqual({ rows: 'captured', files: 'captured' });
    const undoing = await asked(undo, production);
    undoing.type(`production one${KEYS.enter}`);
    expect({ code: await undoing.ended, text: undoing.text }).toMatchObject({ code: 0 });
    expect(await stateOf(production)).toEqual({ rows: 'present', files: 'present' });
  });
});
