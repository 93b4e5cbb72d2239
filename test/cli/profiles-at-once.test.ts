import { readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpSecret } from '../harness/secret-mark.js';
import { CommandLine, ended } from './command-line.js';
import { startListeningServer } from './listening-server.js';
import type { ListeningServer } from './listening-server.js';

const NAMES = ['one', 'two', 'three', 'four'];

let server: ListeningServer;
let snapback: CommandLine;
const tokens = new Map(NAMES.map((name) => [name, madeUpSecret()]));

beforeAll(async () => {
  server = await startListeningServer();
  snapback = await CommandLine.open();
  for (const [name, token] of tokens) await logIn(name, token);
});
afterAll(async () => {
  await Promise.all([server.close(), snapback.remove()]);
});

const logIn = (name: string, input: string) =>
  snapback.run(['login', server.url, '--profile', name, '--token-stdin'], { input });

/** The name of the current profile. Throws unless the file is whole, and has all profiles with their tokens. */
async function current(): Promise<string> {
  const file = JSON.parse(await readFile(snapback.profiles, 'utf8')) as {
    current: string;
    profiles: Record<string, { tokens: { access: string } }>;
  };
  expect(
    Object.fromEntries(Object.entries(file.profiles).map(([name, profile]) => [name, profile.tokens.access])),
  ).toEqual(Object.fromEntries(tokens));
  return file.current;
}

describe('the file of profiles', () => {
  it('is whole at every moment while several processes change it', async () => {
    const changing = Promise.all(NAMES.map((name) => snapback.run(['context', 'use', name])));
    const state = { over: false };
    void changing.finally(() => (state.over = true));
    for (; !state.over; await sleep(1)) expect(NAMES).toContain(await current());
    expect((await changing).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(NAMES).toContain(await current());
  });

  it.each([
    ['in the middle of writing', 'half'],
    ['before what it has written takes the place of the file', 'written'],
  ])('is what it was after a process that is killed %s, and the next one changes it', async (_, death) => {
    expect((await snapback.run(['context', 'use', 'one'])).code).toBe(0);
    const file = join(snapback.home, `${death}.mjs`);
    await writeFile(file, DEATHS);
    const child = snapback.start(['context', 'use', 'two'], { NODE_OPTIONS: `--import=${file}`, DEATH: death });
    await ended(child);
    expect([child.signalCode, await current()]).toEqual(['SIGKILL', 'one']);
    // What is left behind has tokens in it, too.
    const directory = dirname(snapback.profiles);
    const leftBehind = (await readdir(directory))
      .filter((name) => name !== 'profiles.json')
      .map((name) => join(directory, name));
    for (const path of leftBehind) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await utimes(path, 0, 0);
    }
    expect(leftBehind).not.toEqual([]);

    expect((await snapback.run(['context', 'use', 'two'])).code).toBe(0);
    expect(await current()).toBe('two');
    expect(await readdir(directory)).toEqual(['profiles.json']);
  });
});

/** Kills the process that it is put into at the moment that `DEATH` names, whichever way a file is written. */
const DEATHS = `
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const die = () => process.kill(process.pid, 'SIGKILL');
const half = (text) => text.slice(0, text.length / 2);
const isProfiles = (text) => String(text).includes('"profiles"');
const handle = Object.getPrototypeOf(await promises.open('/dev/null'));
const { writeFile } = promises;
const written = handle.writeFile;
if (process.env.DEATH === 'half') {
  handle.writeFile = async function (text) {
    if (!isProfiles(text)) return written.call(this, text);
    await this.write(half(text));
    die();
  };
  promises.writeFile = async (path, text, options) => {
    if (!isProfiles(text)) return writeFile(path, text, options);
    fs.writeFileSync(path, half(text));
    die();
  };
} else promises.rename = async () => die();
syncBuiltinESMExports();
`;
