import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { madeUpSecret, secretIn } from '../harness/secret-mark.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine, KEYS } from './command-line.js';

let service: TestService;
const homes: CommandLine[] = [];

beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
  await Promise.all(homes.map((home) => home.remove()));
});

async function somebody(): Promise<CommandLine> {
  const home = await CommandLine.open();
  homes.push(home);
  return home;
}

const profileOf = async ({ profiles }: CommandLine) => JSON.parse(await readFile(profiles, 'utf8')).profiles.default;

describe.concurrent('a login with a token', () => {
  it('takes it from standard input, as it is pasted, and shows it nowhere', async ({ expect }) => {
    const snapback = await somebody();
    const token = testToken();
    const ran = await snapback.run(['login', service.url, '--token-stdin'], { input: `Bearer ${token}\r\n` });
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Logged in to ${service.url} as the profile default`),
    });
    expect(secretIn(ran.out + ran.err)).toBeUndefined();
    expect(await profileOf(snapback)).toMatchObject({ url: service.url, tokens: { access: token } });
    expect(await snapback.run(['project', 'list', '-q'])).toMatchObject({ code: 0 });
  });

  it('takes it from SNAPBACK_TOKEN, or from the file that SNAPBACK_TOKEN_FILE names', async ({ expect }) => {
    const snapback = await somebody();
    const file = join(snapback.home, 'token');
    await writeFile(file, `${testToken()}\n`);
    const login = ['login', '--output', 'json'];
    for (const own of [{ SNAPBACK_TOKEN: testToken() }, { SNAPBACK_TOKEN_FILE: file }]) {
      const { code, out, err } = await snapback.run(login, { env: { SNAPBACK_URL: service.url, ...own } });
      expect([code, err]).toEqual([0, expect.stringContaining('Next: snapback project create NAME')]);
      expect(JSON.parse(out)).toMatchObject({ profile: 'default', url: service.url, projects: 0 });
    }
  });

  it('shows nothing of what is typed, and keeps nothing when it is no good', async ({ expect }) => {
    const snapback = await somebody();
    const session = snapback.terminal(['login', service.url]);
    await session.until(/Token/);
    session.type(`${madeUpSecret()}${KEYS.enter}`);
    expect(await session.ended, session.text).toBe(4);
    expect(secretIn(session.raw)).toBeUndefined();
    expect(existsSync(snapback.profiles)).toBe(false);
  });

  it('is left by Ctrl-C when it asks', async ({ expect }) => {
    const snapback = await somebody();
    const session = snapback.terminal(['login', service.url]);
    await session.until(/Token/);
    session.type(KEYS.ctrlC);
    expect(await session.ended).toBe(130);
    expect(session.text).toContain('Nothing was changed.');
    expect(existsSync(snapback.profiles)).toBe(false);
  });

  it('that the service does not take leaves the profile as it was', async ({ expect }) => {
    const snapback = await somebody();
    await snapback.run(['login', service.url, '--token-stdin'], { input: testToken() });
    const before = await readFile(snapback.profiles, 'utf8');
    const ran = await snapback.run(['login', service.url, '--token-stdin'], {
      input: testToken({ lifetimeSeconds: -60 }),
    });
    expect(ran).toEqual({ code: 4, out: '', err: expect.stringContaining('Log in again with "snapback login"') });
    expect(secretIn(ran.err)).toBeUndefined();
    expect(await readFile(snapback.profiles, 'utf8')).toBe(before);
  });

  it.for(
    sampleOf(
      [
        ['', 'Nothing was piped in where the token was to come from.'],
        [`two ${madeUpSecret()}`, 'That is no token: a token is one word of printable ASCII.'],
        ['x'.repeat(70_000), 'What was piped in is too long for the token.'],
      ],
      1,
    ),
  )('says what is wrong with what was piped in', async ([input, sentence], { expect }) => {
    const ran = await (await somebody()).run(['login', service.url, '--token-stdin'], { input: input! });
    expect(ran).toEqual({ code: 2, out: '', err: `${sentence}\n` });
  });

  it('says how to give it where nobody can be asked', async ({ expect }) => {
    const ran = await (await somebody()).run(['login', service.url]);
    const sentence = 'Pipe the token in, with --token-stdin, or put it into SNAPBACK_TOKEN.\n';
    expect(ran).toEqual({ code: 2, out: '', err: sentence });
  });
});

describe.concurrent('the address of a login', () => {
  it.for(sampleOf(['/', '/docs', '/docs/', '/api/v1', '/api/v1/'], 2))(
    'may be pasted with %s behind it',
    async (path, { expect }) => {
      const snapback = await somebody();
      const ran = await snapback.run(['login', `${service.url}${path}`, '--token-stdin'], { input: testToken() });
      expect(ran.err).toContain('Next: ');
      expect((await profileOf(snapback)).url).toBe(service.url);
    },
  );

  it.for(
    sampleOf(
      [
        [
          'snapback.internal',
          '"snapback.internal" is no address of a service; it is one like https://snapback.internal.',
        ],
        ['localhost:3000', '"localhost:3000" is no address of a service; it is one like https://snapback.internal.'],
        [
          `https://user:${madeUpSecret()}@snapback.internal`,
          'The address of a service has no user, no password, no "?" and no "#".',
        ],
      ],
      1,
    ),
  )('that is none is refused', async ([address, sentence], { expect }) => {
    const ran = await (await somebody()).run(['login', address!, '--token-stdin'], { input: testToken() });
    expect(ran).toEqual({ code: 2, out: '', err: `${sentence}\n` });
  });

  it.for([
    ['text/html', '<h1>Hello</h1>', 'The answer cannot be read; is this the address of the service?'],
    ['application/json', '{"hello":"you"}', 'is no Snapback service.'],
  ])('of something else is told by what answers there: %s', async ([type, body, sentence], { expect }) => {
    const snapback = await somebody();
    const other = createServer((_, response) => response.setHeader('content-type', type!).end(body));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const ran = await snapback.run(['login', url, '--token-stdin'], { input: testToken() });
    other.close();
    expect(ran).toEqual({ code: 5, out: '', err: expect.stringContaining(sentence!) });
    expect(ran.err).not.toMatch(/^ +at |fault/m);
    expect(existsSync(snapback.profiles)).toBe(false);
  });
});
