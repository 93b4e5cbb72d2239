import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { secretIn } from '../harness/secret-mark.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { KEYS } from './command-line.js';
import type { TerminalSession } from './command-line.js';
import type { ProviderOptions } from './openid-provider.js';
import { Person } from './person.js';

let service: TestService;
const people: Person[] = [];

beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await Promise.all(people.map((who) => who.leave()));
  await service.stop();
});

async function somebody(options: ProviderOptions = {}): Promise<Person> {
  const who = await Person.come(options);
  people.push(who);
  return who;
}

const login = ({ snapback, provider }: Person) => snapback.terminal(['login', service.url, ...provider.login]);

async function codeShownIn(session: TerminalSession): Promise<string> {
  await session.until(/enter the code \S+\s/);
  return /enter the code (\S+)/.exec(session.text)![1]!;
}

describe.concurrent('a login by device code', () => {
  it('shows a code and where to enter it, and succeeds once somebody has', async ({ expect }) => {
    const who = await somebody();
    const session = login(who);
    const code = await codeShownIn(session);
    expect(session.text).toContain(`Open ${who.provider.issuer}/activate`);
    who.provider.decide(code, 'approved');
    expect(await session.ended, session.text).toBe(0);
    expect(session.text).toContain(`Logged in to ${service.url} as the profile default`);
    expect(secretIn(session.raw), 'of what the terminal shows').toBeUndefined();
    const listed = await who.snapback.run(['project', 'list', '--output', 'json']);
    expect(listed).toEqual({ code: 0, out: '[]\n', err: '' });
  });

  it('goes on, more slowly, when the provider is asked too often', async ({ expect }) => {
    const who = await somebody({ slowDowns: 1 });
    const session = login(who);
    who.provider.decide(await codeShownIn(session), 'approved');
    expect(await session.ended, session.text).toBe(0);
  });

  it('that is denied ends with the reason, and nothing is kept', async ({ expect }) => {
    const who = await somebody();
    const session = login(who);
    who.provider.decide(await codeShownIn(session), 'denied');
    expect(await session.ended).toBe(4);
    expect(session.text).toContain(`${who.provider.issuer} refused the login: The person said no.`);
    expect(existsSync(who.snapback.profiles)).toBe(false);
  });

  it('for whose code nobody comes ends when the provider says that it has expired', async ({ expect }) => {
    const who = await somebody({ codeLifetime: 1 });
    const session = login(who);
    expect(await session.ended).toBe(4);
    expect(session.text).toContain('Nobody entered the code in time; begin again.');
  });

  it('ends when the code has expired, also when the provider goes on asking for patience', async ({ expect }) => {
    const pending = { status: 400, body: '{"error":"authorization_pending"}' };
    const who = await somebody({ codeLifetime: 2, instead: (path) => (path === '/token' ? pending : undefined) });
    const session = login(who);
    expect(await session.ended).toBe(4);
    expect(session.text).toContain('Nobody entered the code in time; begin again.');
  });

  it('is ended by Ctrl-C while it waits, and nothing is kept', async ({ expect }) => {
    const who = await somebody();
    const session = login(who);
    await codeShownIn(session);
    session.type(KEYS.ctrlC);
    expect(await session.ended).toBe(130);
    expect(session.text).toContain('Nothing was changed.');
    expect(existsSync(who.snapback.profiles)).toBe(false);
  });

  it('needs no terminal, and tells the code beside what was asked for', async ({ expect }) => {
    const who = await somebody();
    const { code, out } = await who.logIn(service.url, '--output', 'json');
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { profile: 'default', url: service.url, projects: 0, tokenKeptIn: 'file' },
    ]);
  });

  it('whose token the service does not take is none', async ({ expect }) => {
    const who = await somebody();
    // For nobody in particular.
    const session = who.snapback.terminal(['login', service.url, ...who.provider.login.slice(0, 4)]);
    who.provider.decide(await codeShownIn(session), 'approved');
    expect(await session.ended).toBe(4);
    expect(existsSync(who.snapback.profiles)).toBe(false);
  });
});
