import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { holdTable } from '../e2e/held-table.js';
import { waitUntil } from '../e2e/wait-until.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { secretIn } from '../harness/secret-mark.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { ended } from './command-line.js';
import type { ProviderOptions } from './openid-provider.js';
import { Person } from './person.js';

let service: TestService;
const people: Person[] = [];
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
  await Promise.all([...people.map((who) => who.leave()), ...places.map(({ database }) => database.drop())]);
});

async function loggedIn(options: ProviderOptions = {}): Promise<Person> {
  const who = await Person.come(options);
  people.push(who);
  const { code, err } = await who.logIn(service.url);
  if (code !== 0) throw new Error(err);
  return who;
}

const list = ['project', 'list', '--output', 'json'];
const done = { code: 0, err: '' };

describe.concurrent('a login whose token has expired', { timeout: 60_000 }, () => {
  it('is renewed by the next command, with the refresh token that came with the last one', async ({ expect }) => {
    const who = await loggedIn();
    const first = await who.refreshToken();
    for (const renewals of [1, 2]) {
      await who.growOld();
      expect(await who.snapback.run(list)).toMatchObject(done);
      expect(who.provider.counted).toEqual({ renewals, reuses: 0 });
    }
    expect(await who.snapback.run(list)).toMatchObject(done);
    expect(who.provider.counted.renewals, 'a token that is good is not renewed').toBe(2);
    expect(await who.refreshToken()).not.toBe(first);
  });

  it('is renewed with the refresh token it has when the provider gives no other', async ({ expect }) => {
    const who = await loggedIn({ keepsRefresh: true });
    for (const renewals of [1, 2]) {
      await who.growOld();
      expect(await who.snapback.run(list)).toMatchObject(done);
      expect(who.provider.counted).toEqual({ renewals, reuses: 0 });
    }
  });

  it('is renewed once when several commands need it at a time', async ({ expect }) => {
    const who = await loggedIn({ renewalMs: 1_000 });
    await who.growOld();
    const ran = await Promise.all([1, 2, 3].map(() => who.snapback.run(list)));
    expect(ran).toEqual([1, 2, 3].map(() => expect.objectContaining(done)));
    expect(who.provider.counted).toEqual({ renewals: 1, reuses: 0 });
  });

  it('is renewed although a command was killed while it did that', async ({ expect }) => {
    const who = await loggedIn({ renewalMs: 60_000 });
    await who.growOld();
    const killed = who.snapback.start(list);
    const gone = ended(killed);
    await waitUntil('it renews the login', () => existsSync(`${who.snapback.profiles}.lock`));
    killed.kill('SIGKILL');
    await gone;
    who.provider.options.renewalMs = 0;
    expect(await who.snapback.run(list)).toMatchObject(done);
    expect(existsSync(`${who.snapback.profiles}.lock`)).toBe(false);
  });

  it('and that nobody renews any more has to be made again, which is said', async ({ expect }) => {
    const who = await loggedIn();
    await who.growOld();
    who.provider.endAll();
    const sentence = 'The login has expired; log in again: snapback login --profile default\n';
    expect(await who.snapback.run(list.slice(0, 2))).toEqual({ code: 4, out: '', err: sentence });
    await who.provider.close();
    const { code, err } = await who.snapback.run(list.slice(0, 2));
    expect([code, err]).toEqual([
      5,
      expect.stringMatching(/^http\S+ did not say how to log in: connect ECONNREFUSED .*\.\n$/),
    ]);
  });
});

describe.concurrent('a token that expires while somebody waits for a snapshot', { timeout: 60_000 }, () => {
  async function waiting(options: ProviderOptions) {
    const [who, place] = await Promise.all([
      loggedIn(options),
      createTestEnvironment(service.client(), service.filestoreRoot),
    ]);
    places.push(place);
    const table = await holdTable(place.database.address);
    const ran = ended(who.snapback.start(['snapshot', 'create', '--wait', '--env', place.environment.id]));
    await table.dumpIsWaiting();
    return { who, table, ran };
  }

  it('is renewed, and the wait goes on', async ({ expect }) => {
    const { who, table, ran } = await waiting({ lifetime: 3 });
    const { renewals } = who.provider.counted;
    await waitUntil('the login is renewed', () => who.provider.counted.renewals > renewals + 1);
    await table.release();
    const { code, out, err } = await ran;
    expect([code, out], err).toEqual([0, expect.stringMatching(/^The snapshot \w{8} .* is completed/)]);
    expect(secretIn(out + err)).toBeUndefined();
  });

  it('and is renewed by nobody ends the wait, and what goes on is said', async ({ expect }) => {
    const { who, table, ran } = await waiting({ lifetime: 3 });
    who.provider.endAll();
    const { code, err } = await ran;
    expect([code, err]).toEqual([
      4,
      expect.stringMatching(
        /The login has expired; log in again: .* may go on all the same; look at it again: snapback snapshot show/,
      ),
    ]);
    await table.release();
  });
});
