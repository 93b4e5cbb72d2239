import { fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startChild } from '../../../src/engine/postgres/programs/child.js';
import { isRunning } from '../../harness/child-processes.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe('a program started by the engine', () => {
  it.runIf(process.platform === 'linux')('ends with the process that started it, also by kill -9', async () => {
    const imports = [
      '--no-warnings',
      '--experimental-transform-types',
      '--import',
      here('../../harness/typescript-imports.mjs'),
    ];
    const parent = fork(here('postgres-child-parent.ts'), { execArgv: imports });
    const [pid] = (await once(parent, 'message')) as [number];
    expect(await isRunning(pid)).toBe(true);

    parent.kill('SIGKILL');

    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('is killed when it does not listen to a polite request', async () => {
    const deaf = `trap '' TERM; echo ready; while :; do sleep 0.1; done`;
    const child = await startChild('sh', ['-c', deaf], { env: { PATH: process.env['PATH'] } });
    await once(child.stdout, 'data');

    await child.kill();

    expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('has only a bounded part of its complaints kept: the beginning and the end', async () => {
    const talkative = 'echo the beginning >&2; yes a complaint | head -n 100000 >&2; echo the end >&2; exit 3';
    const child = await startChild('sh', ['-c', talkative], { env: { PATH: process.env['PATH'] } });
    child.stdout.resume();

    expect(await child.ended).toEqual({ code: 3, signal: null });
    expect(child.stderr()).toMatch(/^the beginning\n[^]*the end\n$/);
    expect(child.stderr().length).toBeLessThanOrEqual(8_192);
  });

  it('that is not there is an error, not a crash', async () => {
    const started = startChild('/nonexistent/program', [], { env: {} }).then(async (child) => {
      child.stdout.resume();
      return child.ended;
    });

    // Behind setpriv the failure is an exit status; without it, an error of the start.
    await expect(
      started.then(
        ({ code }) => code,
        () => 127,
      ),
    ).resolves.toBe(127);
  });

  it('has said what it said, also when it ended before anybody listened', async () => {
    const said = 'all of it '.repeat(1_000);
    const child = await startChild('echo', [said], { env: { PATH: process.env['PATH'] } });
    await Promise.race([child.ended, sleep(500)]);

    expect(await text(child.stdout)).toBe(`${said}\n`);
  });
});
