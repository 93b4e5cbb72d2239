import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.js';
import { commandLine, processIdentity } from '../../../src/database/embedded/process-identity.js';
import { query } from './query.js';
import { makeScratch, type Scratch } from './scratch.js';

const PATIENCE_MS = 5_000;

describe('a process that owns the embedded PostgreSQL and is killed', () => {
  let scratch: Scratch;
  let owners: ChildProcess[];
  let servers: number[];

  beforeEach(async () => {
    scratch = await makeScratch();
    owners = [];
    servers = [];
  });

  afterEach(async () => {
    for (const owner of owners) owner.kill('SIGKILL');
    await Promise.all(servers.map(endIfLeft));
    await scratch.remove();
  });

  async function startOwner(env: NodeJS.ProcessEnv = {}): Promise<{ owner: ChildProcess; url: string; pid: number }> {
    const owner = fork(join(import.meta.dirname, 'owner-process.ts'), [join(scratch.path, 'postgres')], {
      execArgv: [
        '--disable-warning=ExperimentalWarning',
        '--experimental-transform-types',
        '--import',
        join(import.meta.dirname, '../../harness/typescript-imports.mjs'),
      ],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    owners.push(owner);
    const [said] = (await once(owner, 'message')) as [{ url: string; pid: number }];
    servers.push(said.pid);
    return { owner, ...said };
  }

  async function kill(owner: ChildProcess): Promise<void> {
    owner.kill('SIGKILL');
    await once(owner, 'exit');
  }

  it('takes its server along within seconds, and the next start has the data', async () => {
    const { owner, url, pid } = await startOwner();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');

    await kill(owner);

    await waitUntilGone(pid);
    const next = await startEmbeddedPostgres({ dataDir: join(scratch.path, 'postgres') });
    try {
      expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      await next.stop();
    }
  });

  it('does not hinder a next start at the very same moment', async () => {
    const { owner, url, pid } = await startOwner();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');

    await kill(owner);

    const next = await startEmbeddedPostgres({ dataDir: join(scratch.path, 'postgres') });
    try {
      expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      expect(await processIdentity(pid)).toBeUndefined();
    } finally {
      await next.stop();
    }
  });

  it('leaves a server behind where setpriv is missing, which the next start then ends', async () => {
    const programs = join(scratch.path, 'bin');
    await mkdir(programs);
    for (const name of ['id', 'test']) await symlink(join('/usr/bin', name), join(programs, name));
    const { owner, url, pid } = await startOwner({ PATH: programs });
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');

    await kill(owner);

    expect(await processIdentity(pid)).toBeDefined();
    const next = await startEmbeddedPostgres({ dataDir: join(scratch.path, 'postgres') });
    try {
      expect(await processIdentity(pid)).toBeUndefined();
      expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      await next.stop();
    }
  });
});

async function waitUntilGone(pid: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while ((await processIdentity(pid)) !== undefined) {
    if (performance.now() > deadline) throw new Error(`Process ${pid} is still there after ${PATIENCE_MS} ms.`);
    await sleep(20);
  }
}

/** A failed test must not leave a server behind either. */
async function endIfLeft(pid: number): Promise<void> {
  if ((await commandLine(pid)).includes('snapback-embedded-')) process.kill(pid, 'SIGINT');
  await waitUntilGone(pid);
}
