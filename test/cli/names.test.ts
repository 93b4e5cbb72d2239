import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

let service: TestService;
let shop: TestEnvironment;
let shopStaging: TestEnvironment;
let bank: TestEnvironment;
let first: SnapshotDetails;
let second: SnapshotDetails;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  const place = (name: string, of?: TestEnvironment) =>
    createTestEnvironment(client, service.filestoreRoot, { name, ...(of && { project: of.project }) });
  shop = await place('live/eu');
  bank = await place('live/eu');
  shopStaging = await place('staging', shop);
  first = await takeSnapshot(client, shop.environment.id, { label: 'nightly' });
  await changeBoth(shop);
  second = await takeSnapshot(client, shop.environment.id, { label: 'nightly' });
  await takeSnapshot(client, bank.environment.id, { label: 'nightly' });
  snapback = await somebody(service.url);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([...[shop, bank, shopStaging].map(({ database }) => database.drop()), snapback.remove()]);
});

const ids = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => snapback.run([...args, '--quiet'], { env });
const found = (id: string) => ({ code: 0, out: `${id}\n`, err: '' });

describe('an environment', () => {
  it('is found by its id, by its name in a project, and by both names', async () => {
    const { name: project } = shop.project;
    const runs = await Promise.all([
      ids(['env', 'show', shop.environment.id]),
      ids(['env', 'show', shop.environment.id.toUpperCase(), '--project', bank.project.name]),
      ids(['env', 'show', 'live/eu', '--project', project]),
      ids(['env', 'show'], { SNAPBACK_PROJECT: shop.project.id, SNAPBACK_ENVIRONMENT: 'live/eu' }),
      ids(['env', 'show', `${project}/live/eu`]),
      ids(['env', 'show', `${project}/live/eu`, '--project', bank.project.name]),
      // Of all that somebody may see, it is the only one.
      ids(['env', 'show', 'staging']),
    ]);
    const shops = found(shop.environment.id);
    expect(runs).toEqual([shops, shops, shops, shops, shops, shops, found(shopStaging.environment.id)]);
  });

  it('is not guessed where two have the name: both are told', async () => {
    const { code, out, err } = await ids(['env', 'show', 'live/eu']);
    expect([code, out]).toEqual([2, '']);
    const told = ({ project, environment }: TestEnvironment) => `${project.name}/live/eu (${environment.id})`;
    expect(err).toContain(`"live/eu" is the name of several: `);
    expect([err.includes(told(shop)), err.includes(told(bank))]).toEqual([true, true]);
  });

  it('that is not there is told with those that are', async () => {
    const runs = await Promise.all([
      ids(['env', 'show', 'stagign', '--project', shop.project.name]),
      ids(['env', 'show', `${shop.project.name}/stagign`]),
      ids(['env', 'show', 'stagign', '--project', 'shpo']),
      ids(['env', 'show', '00000000-0000-4000-8000-000000000000']),
    ]);
    expect(runs.map(({ code, out }) => [code, out])).toEqual([3, 3, 3, 3].map((code) => [code, '']));
    expect(runs[0].err).toMatch(
      /^There is no environment "stagign"; there is (live\/eu, staging|staging, live\/eu)\.\n$/,
    );
    expect(runs[1].err).toContain(`${shop.project.name}/staging`);
    expect(runs[2].err).toMatch(/^There is no project "shpo"; there is .*\.\n$/);
  });
});

describe('a snapshot', () => {
  const show = (asked: string) => ids(['snapshot', 'show', asked], inShop());
  const inShop = () => ({ SNAPBACK_PROJECT: shop.project.id, SNAPBACK_ENVIRONMENT: shop.environment.id });

  it('is found by its id, the beginning of it, as the newest, and by a time', async () => {
    const runs = await Promise.all([
      show(first.id),
      show(first.id.slice(0, 8)),
      show('latest'),
      show(`@${first.startedAt}`),
      show('@2999-12-31'),
    ]);
    expect(runs).toEqual([first, first, second, first, second].map(({ id }) => found(id)));
  });

  it('is not guessed by a label that two have, and not found in another environment', async () => {
    const { code, err } = await show('nightly');
    expect([code, err.includes(first.id), err.includes(second.id)]).toEqual([2, true, true]);
    const env = { SNAPBACK_PROJECT: bank.project.id, SNAPBACK_ENVIRONMENT: bank.environment.id };
    const runs = await Promise.all([
      ids(['snapshot', 'show', first.id], env),
      ids(['snapshot', 'show', first.id.slice(0, 8)], env),
      show('@1999-12-31'),
      show('weekly'),
    ]);
    expect(runs.map(({ code: status }) => status)).toEqual([3, 3, 3, 3]);
    expect(runs[3].err).toBe('There is no snapshot of live/eu "weekly"; there is nightly.\n');
  });

  it('that a rollback names not is the newest proven one; where none is, what to do is said', async () => {
    const run = () => ids(['rollback', 'run', '--yes', '--wait'], inShop());
    expect(await run()).toEqual({
      code: 4,
      out: '',
      err: 'No snapshot of live/eu is proven. Name one, "latest" for the newest, or prove it first: snapback snapshot verify latest --wait\n',
    });
    expect(await stateOf(shop)).toEqual({ rows: 'present', files: 'present' });

    expect(await ids(['snapshot', 'verify', first.id.slice(0, 8), '--wait'], inShop())).toMatchObject({ code: 0 });
    expect(await run()).toMatchObject({ code: 0 });
    expect(await stateOf(shop)).toEqual({ rows: 'captured', files: 'captured' });
  });
});
