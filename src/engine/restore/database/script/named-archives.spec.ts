import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeNamedArchives } from './named-archives.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-named-archives-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** As an earlier version made it, in a container where it was process 1. */
async function leave(name: string, days: number, mode = 0o700): Promise<void> {
  const path = join(directory, name);
  const then = Date.now() / 1000 - days * 24 * 3600;
  await mkdir(path);
  await writeFile(join(path, 'archive'), 'PGDMP');
  await chmod(path, mode);
  await utimes(join(path, 'archive'), then, then);
  await utimes(path, then, then);
}

describe('archives that an earlier version left with a name', () => {
  it('are removed when they are older than any restore, whether or not a process has their number', async () => {
    await leave('snapback-definitions-1-a', 4000);
    await leave(`snapback-definitions-${process.pid}-b`, 4000);
    await removeNamedArchives(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  it('stay while a process of that version may be at them', async () => {
    await leave('snapback-definitions-999999999-a', 0);
    await removeNamedArchives(directory);
    expect(await readdir(directory)).toEqual(['snapback-definitions-999999999-a']);
  });

  it('stay when others may enter them, and what only looks like them stays, too', async () => {
    await leave('snapback-definitions-1-a', 4000, 0o755);
    await leave('definitions-1-a', 4000);
    await removeNamedArchives(directory);
    expect(await readdir(directory)).toEqual(['definitions-1-a', 'snapback-definitions-1-a']);
  });
});
