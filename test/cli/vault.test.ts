import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { CommandLine, ended, PROGRAM } from './command-line.js';

let service: TestService;
let place: TestEnvironment;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  place = await createTestEnvironment(service.client(), service.filestoreRoot);
  snapback = await CommandLine.open();
});
afterAll(async () => {
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

describe('snapback vault', () => {
  it('is snapback-vault, with the configuration of the service: what it prints, and what it exits with', async () => {
    const { id } = await takeSnapshot(service.client(), place.environment.id, { label: 'before 17.0' });
    const listed = await snapback.run(['vault', 'list', '--project', place.project.id, '--json'], { env: service.env });
    expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(id) });
    expect(await snapback.run(['vault', 'list', '--json', '--nonsense'], { env: service.env })).toMatchObject({
      code: 2,
    });
    const nowhere = await snapback.run(['vault', 'list'], {
      env: { ...service.env, DATA_DIR: join(snapback.home, 'none') },
    });
    expect(nowhere).toMatchObject({ code: 1, out: '' });
  });

  it('says how it is used in the words of that, also where no other Node is in PATH', async () => {
    const asked = await snapback.run(['vault', '--help'], { env: { PATH: '/nowhere' } });
    expect(asked).toEqual({ code: 0, out: expect.stringMatching(/^Usage: snapback-vault COMMAND/), err: '' });
  });

  it('does not pass over an option of this program, which the vault does not have', async () => {
    const { code, out, err } = await snapback.run(['--output', 'json', 'vault', 'check'], { env: service.env });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('The vault has options of its own, which come behind it: snapback vault --help');
  });

  it('without the service beside it is the one in PATH, and says where it can be run when there is none', async () => {
    const alone = join(snapback.home, 'snapback.mjs');
    await copyFile(PROGRAM, alone);
    const run = (PATH: string) =>
      ended(execFile(process.execPath, [alone, 'vault', 'check', '--read', '10'], { env: { PATH } }));
    const sentence =
      'The vault is looked at where the service is installed: there is no snapback-vault here, neither beside this program nor in PATH.';
    expect(await run('/nowhere')).toEqual({ code: 2, out: '', err: `${sentence}\n` });

    const bin = join(snapback.home, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'snapback-vault'), '#!/bin/sh\necho "$@"\nexit 7\n', { mode: 0o755 });
    expect(await run(bin)).toEqual({ code: 7, out: 'check --read 10\n', err: '' });
  });
});
