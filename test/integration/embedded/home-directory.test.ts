import { cp, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseHome, POINTER_FILE } from '../../../src/database/embedded/home-directory.js';
import { findServerUser } from '../../../src/database/embedded/server-user.js';
import { makeScratch, type Scratch } from './scratch.js';

const isRoot = process.getuid?.() === 0;

describe('the home of the embedded PostgreSQL', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await makeScratch();
  });

  afterEach(() => scratch.remove());

  async function choose(dataDir: string): Promise<string> {
    return chooseHome(dataDir, await findServerUser(), {
      elsewhere: join(scratch.path, 'elsewhere'),
      log: () => undefined,
    });
  }

  it('is the data directory where its user may enter that', async () => {
    const dataDir = join(scratch.path, 'a', 'b');

    expect(await choose(dataDir)).toBe(dataDir);
  });

  it('is the data directory under its real name', async () => {
    await mkdir(join(scratch.path, 'a'));

    expect(await choose(`${scratch.path}/./a/../a`)).toBe(join(scratch.path, 'a'));
  });

  it.runIf(isRoot)('goes with a data directory that is moved', async () => {
    const closed = await scratch.closedDirectory();
    const home = await choose(join(closed, 'before'));

    await rename(join(closed, 'before'), join(closed, 'after'));

    expect(await choose(join(closed, 'after'))).toBe(home);
    expect(await choose(join(closed, 'before'))).not.toBe(home);
  });

  it.runIf(isRoot)('is another one for a data directory that was copied', async () => {
    const closed = await scratch.closedDirectory();
    const home = await choose(join(closed, 'original'));

    await cp(join(closed, 'original'), join(closed, 'copy'), { recursive: true });
    const copied = await choose(join(closed, 'copy'));

    expect(copied).not.toBe(home);
    expect(await choose(join(closed, 'copy'))).toBe(copied);
    expect(await choose(join(closed, 'original'))).toBe(home);
    expect((await readFile(join(closed, 'copy', POINTER_FILE), 'utf8')).trim()).toBe(copied);
  });

  it.runIf(isRoot)('is refused in words when neither place can be entered', async () => {
    const closed = await scratch.closedDirectory();
    const user = await findServerUser();
    const chosen = chooseHome(join(closed, 'clone'), user, {
      elsewhere: join(closed, 'elsewhere'),
      log: () => undefined,
    });

    await expect(chosen).rejects.toMatchObject({
      code: 'directory-unusable',
      message: expect.stringContaining('may enter neither'),
    });
  });
});
