import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useBuild } from './build-in-use.js';
import { markName, markOf, MARKS } from './build-mark.js';
import { removeOldBuilds } from './old-builds.js';

const DAY_SECONDS = 24 * 3600;
let builds: string;

beforeEach(async () => {
  builds = await mkdtemp(join(tmpdir(), 'snapback-test-old-builds-'));
  // The first is the oldest.
  for (const [at, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    await mkdir(join(builds, name, MARKS), { recursive: true });
    await writeFile(join(builds, name, 'main.js'), '');
    await aged(join(builds, name), 5 - at);
  }
});

afterEach(() => rm(builds, { recursive: true, force: true }));

async function aged(path: string, days: number): Promise<void> {
  const then = Date.now() / 1000 - days * DAY_SECONDS;
  await utimes(path, then, then);
}

const mark = async (build: string, name: string, days = 0) => {
  const path = join(builds, build, MARKS, name);
  await writeFile(path, '');
  await aged(path, days);
};

describe('old builds', () => {
  it('are removed but for the newest and the one that programs are started from', async () => {
    await removeOldBuilds(builds, 'a');
    expect(await readdir(builds)).toEqual(['a', 'c', 'd', 'e']);
  });

  it('stay while a process runs from them, and go when it has ended', async () => {
    const child = spawn('sleep', ['60']);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await mark('b', markName((await markOf(child.pid!))!));
    // A mark that names a living process with another start is that of one that is gone.
    await mark('a', markName({ ...(await markOf(child.pid!))!, identity: '0'.repeat(16) }));
    expect(await removeOldBuilds(builds, 'e')).toEqual(['a']);
    child.kill('SIGKILL');
    await ended;
    expect(await removeOldBuilds(builds, 'e')).toEqual(['b']);
  });

  it('stay while this process says that it runs from them', async () => {
    await useBuild(join(builds, 'a'));
    expect(await removeOldBuilds(builds, 'e')).toEqual(['b']);
  });

  it('lose the marks of those that were killed with the next process that runs from them', async () => {
    await mark('d', markName({ ...(await markOf(process.pid))!, identity: '0'.repeat(16) }));
    await useBuild(join(builds, 'd'));
    expect(await readdir(join(builds, 'd', MARKS))).toEqual([markName((await markOf(process.pid))!)]);
  });

  it('stay for a process of another container that spoke a day ago, not for one that is silent for eight', async () => {
    const elsewhere = { place: 'f'.repeat(16), pid: process.pid, identity: 'e'.repeat(16) };
    await mark('a', markName(elsewhere), 8);
    await mark('b', markName(elsewhere), 1);
    expect(await removeOldBuilds(builds, 'e')).toEqual(['a']);
  });

  it('that were never finished are removed after a day', async () => {
    await mkdir(join(builds, '.unfinished-x'));
    await mkdir(join(builds, '.unfinished-y'));
    await aged(join(builds, '.unfinished-x'), 2);
    await removeOldBuilds(builds, 'e');
    expect((await readdir(builds)).filter((name) => name.startsWith('.'))).toEqual(['.unfinished-y']);
  });
});
