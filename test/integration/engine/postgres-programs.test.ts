import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-programs-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** A program that says it is of this major version. */
async function install(name: string, major: number, into = directory): Promise<string> {
  const path = join(into, name);
  await writeFile(path, `#!/bin/sh\necho "${name} (PostgreSQL) ${major}.3 (Debian ${major}.3-1)"\n`, { mode: 0o755 });
  return path;
}

describe('finding a program of PostgreSQL', () => {
  it('finds the ones of this machine, and not the wrapper that Debian puts into PATH', async () => {
    const found = await findProgram('pg_dump', { env: { PATH: process.env['PATH'] } });

    expect(found.major).toBeGreaterThanOrEqual(13);
  });

  it('looks in PG_BIN first', async () => {
    const path = await install('pg_dump', 30);

    expect(await findProgram('pg_dump', { env: { ...process.env, PG_BIN: directory } })).toEqual({
      path,
      major: 30,
      version: 'pg_dump (PostgreSQL) 30.3 (Debian 30.3-1)',
    });
  });

  it('passes over a PG_BIN that is too old', async () => {
    await install('pg_dump', 9);

    const found = await findProgram('pg_dump', { minMajor: 13, env: { ...process.env, PG_BIN: directory } });

    expect(found.path.startsWith(directory)).toBe(false);
  });

  it("takes the server's own version before a newer one", async () => {
    await install('pg_dump', 30);
    const own = await findProgram('pg_dump', { env: { PATH: '' } });

    const found = await findProgram('pg_dump', { preferMajor: own.major, env: { PG_BIN: directory, PATH: '' } });

    expect(found).toEqual(own);
  });

  it('says what to install when the newest is too old', async () => {
    await expect(findProgram('pg_dump', { minMajor: 99 })).rejects.toMatchObject({
      code: 'client-tools-too-old',
      message: expect.stringMatching(/apt-get install postgresql-client-99/),
    });
  });

  it('is not misled by a program that does not run', async () => {
    await writeFile(join(directory, 'pg_dump'), 'not a program', { mode: 0o755 });

    const found = await findProgram('pg_dump', { env: { PG_BIN: directory, PATH: '' } });

    expect(found.path.startsWith(directory)).toBe(false);
  });
});
