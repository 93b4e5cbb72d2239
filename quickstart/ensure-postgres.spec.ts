import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The script has no types: it runs before TypeScript is there. */
interface EnsurePostgres {
  missingPrograms(clientOnly: boolean, env: Record<string, string>, versions: string): string[];
  planFor(facts: { missing: string[]; clientOnly: boolean; platform: string; isRoot: boolean; hasApt: boolean }): {
    install?: string;
    say?: string;
  };
}
const script = join(import.meta.dirname, '../scripts/ensure-postgres.mjs');
const { missingPrograms, planFor } = (await import(script)) as EnsurePostgres;

describe('scripts/ensure-postgres.mjs', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'snapback-ensure-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function program(...path: string[]): Promise<void> {
    const file = join(directory, ...path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o755);
  }

  it('finds programs in PG_BIN, in PATH and among Debian’s versions', async () => {
    await program('chosen', 'initdb');
    await program('path', 'pg_dump');
    await program('versions', '17', 'bin', 'postgres');
    const env = { PG_BIN: join(directory, 'chosen'), PATH: `/nowhere:${join(directory, 'path')}` };

    expect(missingPrograms(false, env, join(directory, 'versions'))).toEqual(['pg_restore']);
    expect(missingPrograms(true, {}, join(directory, 'nothing'))).toEqual(['pg_dump', 'pg_restore']);
  });

  it('takes neither Debian’s wrapper nor what cannot be run for a program', async () => {
    await program('share', 'pg_wrapper');
    await mkdir(join(directory, 'path'));
    await symlink(join(directory, 'share', 'pg_wrapper'), join(directory, 'path', 'pg_dump'));
    await writeFile(join(directory, 'path', 'pg_restore'), '');

    expect(missingPrograms(true, { PATH: join(directory, 'path') }, '/nowhere')).toEqual(['pg_dump', 'pg_restore']);
  });

  const facts = { missing: ['initdb'], clientOnly: false, platform: 'linux', isRoot: true, hasApt: true };

  it('does nothing when nothing is missing', () => {
    expect(planFor({ ...facts, missing: [] })).toEqual({});
  });

  it('installs as root on Debian, and only the client programs when no more is needed', () => {
    expect(planFor(facts)).toEqual({ install: 'postgresql' });
    expect(planFor({ ...facts, clientOnly: true })).toEqual({ install: 'postgresql-client' });
  });

  it.each([
    ['on Debian as another user', { isRoot: false }, 'sudo apt-get install -y --no-install-recommends postgresql`'],
    ['on macOS', { isRoot: false, hasApt: false, platform: 'darwin' }, 'brew install postgresql`'],
    ['on other systems', { hasApt: false }, 'dnf install -y postgresql-server`'],
  ])('names what is missing and the command %s', (_, different, command) => {
    const { say } = planFor({ ...facts, ...different });

    expect(say).toContain('initdb');
    expect(say).toContain(command);
  });
});
