import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { madeUpSecret } from '../harness/secret-mark.js';
import { CommandLine } from './command-line.js';
import { startListeningServer } from './listening-server.js';
import type { ListeningServer } from './listening-server.js';

let here: ListeningServer;
let elsewhere: ListeningServer;
let snapback: CommandLine;

beforeAll(async () => {
  here = await startListeningServer();
  elsewhere = await startListeningServer();
});
afterAll(async () => {
  await Promise.all([here.close(), elsewhere.close()]);
});
beforeEach(async () => {
  for (const { received } of [here, elsewhere]) received.length = 0;
  snapback = await CommandLine.open();
});
afterEach(() => snapback.remove());

const login = (by: CommandLine, name: string, url = here.url, token = madeUpSecret()) =>
  by.run(['login', url, '--profile', name, '--token-stdin'], { input: token });
const tokensAt = ({ received }: ListeningServer) =>
  received.map(({ headers }) => headers.authorization?.replace('Bearer ', ''));
const profiles = async () =>
  JSON.parse(await readFile(snapback.profiles, 'utf8')) as { current?: string; profiles: object };

/** A file of profiles that somebody else has written. */
async function write({ profiles: path }: CommandLine, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text);
  await chmod(path, mode);
}

const profileOf = (url: string, token: string) => ({
  url,
  login: { kind: 'token' },
  context: {},
  tokens: { access: token },
});

describe('without a profile', () => {
  it('the way to one is told', async () => {
    expect(await snapback.run(['project', 'list'])).toEqual({
      code: 2,
      out: '',
      err: 'You are not logged in: snapback login URL (or set SNAPBACK_URL and SNAPBACK_TOKEN).\n',
    });
    expect(await snapback.run(['context', 'list'])).toMatchObject({ code: 0, out: '' });
  });
});

describe('of two profiles', () => {
  it('the last one that was logged in with is used, or the one that is named', async () => {
    const [one, two] = [madeUpSecret(), madeUpSecret()];
    await login(snapback, 'one', here.url, one);
    await login(snapback, 'two', elsewhere.url, two);
    for (const { received } of [here, elsewhere]) received.length = 0;

    const list = (options: string[], env = {}) => snapback.run([...options, 'project', 'list'], { env });
    expect((await list([])).code).toBe(0);
    expect((await list(['--profile', 'one'])).code).toBe(0);
    expect((await list([], { SNAPBACK_PROFILE: 'one' })).code).toBe(0);
    // What is typed is meant more than what is set.
    expect((await list(['--profile', 'two'], { SNAPBACK_PROFILE: 'one' })).code).toBe(0);
    expect([tokensAt(here), tokensAt(elsewhere)]).toEqual([
      [one, one],
      [two, two],
    ]);

    expect((await snapback.run(['context', 'use', 'one'])).code).toBe(0);
    expect((await list([])).code).toBe(0);
    expect(tokensAt(here)).toEqual([one, one, one]);
    expect(JSON.parse((await snapback.run(['context', 'list', '-o', 'json'])).out)).toMatchObject([
      { name: 'one', current: true, url: here.url },
      { name: 'two', current: false, url: elsewhere.url },
    ]);
  });

  it('that is forgotten which a variable names, and not the current one', async () => {
    await login(snapback, 'one');
    await login(snapback, 'two');
    expect(await snapback.run(['logout'], { env: { SNAPBACK_PROFILE: 'one' } })).toMatchObject({
      code: 0,
      out: 'The profile one is forgotten.\n',
    });
    expect(await profiles()).toMatchObject({ current: 'two', profiles: { two: {} } });
    expect((await profiles()).profiles).not.toHaveProperty('one');
  });

  it.each(['three', 'constructor'])('none is called %s', async (name) => {
    await login(snapback, 'one');
    const runs = await Promise.all([
      snapback.run(['--profile', name, 'project', 'list']),
      snapback.run(['context', 'use', name]),
    ]);
    const refused = { code: 2, out: '', err: `There is no profile ${name}; there is one.\n` };
    expect(runs).toEqual([refused, refused]);
  });
});

describe('the token of a profile', () => {
  it('is never sent to another service that a variable names', async () => {
    const token = madeUpSecret();
    await login(snapback, 'default', here.url, token);
    const env = { SNAPBACK_URL: elsewhere.url };
    const { code, err } = await snapback.run(['project', 'list'], { env });
    expect([code, err]).toEqual([2, expect.stringMatching(/SNAPBACK_URL is .*; set SNAPBACK_TOKEN too, or unset/)]);
    expect(elsewhere.received).toEqual([]);
    // With a token of its own it is another service, and has nothing to do with the profile.
    const other = madeUpSecret();
    expect(await snapback.run(['project', 'list'], { env: { ...env, SNAPBACK_TOKEN: other } })).toMatchObject({
      code: 0,
    });
    expect(tokensAt(elsewhere)).toEqual([other]);
    // The same service, said in another way, is the same.
    const same = { SNAPBACK_URL: `${here.url}/api/v1/` };
    expect(await snapback.run(['project', 'list'], { env: same })).toMatchObject({ code: 0 });
    expect(JSON.stringify(elsewhere.received)).not.toContain(token);
  });

  it('is not sent on by a service that sends elsewhere', async () => {
    const sending = await startListeningServer((response) =>
      response.writeHead(307, { location: `${elsewhere.url}/api/v1/projects` }).end(),
    );
    const token = madeUpSecret();
    await write(snapback, JSON.stringify({ version: 1, current: 'a', profiles: { a: profileOf(sending.url, token) } }));
    await snapback.run(['project', 'list']);
    await sending.close();
    expect(tokensAt(sending)).toContain(token);
    expect(JSON.stringify(elsewhere.received)).not.toContain(token);
  });

  it('is not sent along when the profile is logged in anew elsewhere', async () => {
    const [token, other] = [madeUpSecret(), madeUpSecret()];
    await login(snapback, 'default', here.url, token);
    expect(await login(snapback, 'default', elsewhere.url, other)).toMatchObject({ code: 0 });
    expect(tokensAt(elsewhere)).toEqual([other]);
    expect(await readFile(snapback.profiles, 'utf8')).not.toContain(token);
  });
});

describe('the file of profiles', () => {
  it('is of its owner alone, and so is its directory, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await login(snapback, 'default');
      await snapback.run(['context', 'clear']);
    } finally {
      process.umask(before);
    }
    const modes = await Promise.all([snapback.profiles, dirname(snapback.profiles)].map((path) => stat(path)));
    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o700]);
  });
});

describe.concurrent('the file of profiles', () => {
  it.for(['644', '620'])(
    'that others may read or change (%s) is refused, and nothing is sent',
    async (mode, { expect, onTestFinished }) => {
      const own = await CommandLine.open();
      onTestFinished(() => own.remove());
      const server = await startListeningServer();
      const text = JSON.stringify({ version: 1, current: 'a', profiles: { a: profileOf(server.url, madeUpSecret()) } });
      await write(own, text, Number.parseInt(mode, 8));
      const runs = await Promise.all([own.run(['project', 'list']), login(own, 'a', server.url)]);
      await server.close();
      const sentence = new RegExp(`; take that away: chmod 600 ${own.profiles}\\n$`);
      const refused = { code: 2, out: '', err: expect.stringMatching(sentence) };
      expect(runs).toEqual([refused, refused]);
      expect(server.received).toEqual([]);
      expect(await readFile(own.profiles, 'utf8')).toBe(text);
    },
  );

  const half = { url: 'http://127.0.0.1:1', login: { kind: 'token' } };
  const fileOf = (profile: unknown) => JSON.stringify({ version: 1, current: 'a', profiles: { a: profile } });
  it.for([
    ['that is cut off', fileOf(half).slice(0, 40)],
    ['that is empty', ''],
    ['of a newer program', '{"version":2,"profiles":{}}'],
    ['with a profile that is none', fileOf(null)],
    ['with half a profile', fileOf({ ...half, context: null })],
    ['with a token that is none', fileOf({ ...half, context: {}, tokens: 'x' })],
  ] as const)('%s is refused, and left as it is', async ([, text], { expect, onTestFinished }) => {
    const own = await CommandLine.open();
    onTestFinished(() => own.remove());
    await write(own, text);
    const runs = await Promise.all([own.run(['project', 'list']), login(own, 'b', 'http://127.0.0.1:1')]);
    const sentence = /profiles\.json is (no JSON|none of this).*log in again\.\n$/;
    const refused = { code: 2, out: '', err: expect.stringMatching(sentence) };
    expect(runs).toEqual([refused, refused]);
    expect(await readFile(own.profiles, 'utf8')).toBe(text);
  });
});
