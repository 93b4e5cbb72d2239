import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, symlink, unlink, utimes, writeFile, readFile, stat, link, chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { cutover } from '../../../src/engine/restore/cutover/cutover.js';
import { dropKept } from '../../../src/engine/restore/staging/discard.js';
import { buildStandby, removeStandby, type StandbyRequest } from '../../../src/engine/restore/standby/build-standby.js';
import type { BuiltStandby } from '../../../src/engine/restore/standby/built-standby.js';
import { takeStandby } from '../../../src/engine/restore/standby/take-standby.js';
import { query } from '../../harness/database.js';
import { MemoryJournal } from './memory-journal.js';
import { CUSTOMERS, OldSnapshot, PROJECT, quietly, RestoreFixture } from './restore-fixture.js';

const { signal } = quietly;
let old: OldSnapshot;
let fixture: RestoreFixture;
let request: StandbyRequest;
let built: BuiltStandby;

beforeAll(async () => {
  old = await OldSnapshot.capture();
});
afterAll(() => old.remove());

beforeEach(async () => {
  fixture = await RestoreFixture.of(old);
  request = {
    ...{ project: PROJECT, snapshotId: fixture.snapshotId, standbyId: randomUUID() },
    database: { address: fixture.address, like: await gatherDatabaseFacts(fixture.address), sessions: 1 },
    filestore: { path: fixture.files },
  };
});
afterEach(() => fixture.remove());

const admin = (sql: string) => query(inject('postgres'), sql);

/** As a row of the service's own database keeps it. */
async function build() {
  const made = await buildStandby(request, fixture.vault, quietly);
  built = JSON.parse(JSON.stringify(made.built)) as BuiltStandby;
  return made;
}

async function take(properties: 'captured' | 'live' = 'captured') {
  const like = await gatherDatabaseFacts(fixture.address);
  const use = {
    attemptId: randomUUID(),
    database: { address: fixture.address, like, properties },
    filestore: { path: fixture.files },
  };
  return takeStandby(built, use, signal);
}

async function changeFileBackdated(file: string): Promise<void> {
  const { size, atime, mtime } = await stat(file);
  await writeFile(file, 'x'.repeat(size));
  await utimes(file, atime, mtime);
}

describe('a standby', () => {
  it('is compared with its snapshot, takes its place at once, and leaves nothing', async () => {
    const { compared } = await build();
    expect(compared).toMatchObject({ tables: 2, rows: CUSTOMERS + 1, files: 2, leftOver: [] });
    expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });

    const staged = await take();
    if ('code' in staged) throw new Error(staged.message);
    const done = await cutover(staged, { journal: new MemoryJournal() });

    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
    const { keptDatabase: name, keptDirectory: directory } = done;
    const maintenance = staged.database!.maintenance;
    expect(await dropKept({ database: { address: maintenance, name: name! }, directory: directory! })).toEqual([]);
    expect(await fixture.leftovers()).toEqual([]);
  });

  it('can be taken as often as nobody has touched it, and removed', async () => {
    await build();
    for (let times = 0; times < 2; times += 1) expect(await take()).toHaveProperty('database');
    expect(await take('live')).toMatchObject({ database: { properties: 'live' } });
    expect(await removeStandby(request)).toEqual([]);
    expect(await fixture.leftovers()).toEqual([]);
    expect(await take()).toMatchObject({ code: 'standby-missing' });
  });

  it('stands after the tables of the server were vacuumed, and its rows of the catalogue frozen', async () => {
    await build();
    await admin('VACUUM (FREEZE) pg_database');
    expect(await take()).toHaveProperty('database');
  });

  it.each<[string, string, (name: string) => Promise<unknown>]>([
    ['opens its database', 'standby-changed', (name) => admin(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`)],
    [
      'opens it, writes, and closes it again',
      'standby-changed',
      async (name) => {
        await admin(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
        await query({ ...fixture.address, database: name }, `UPDATE state SET value = 'theirs'`);
        await admin(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
      },
    ],
    ['drops its database', 'standby-missing', (name) => admin(`DROP DATABASE "${name}"`)],
    ['renames its database', 'standby-missing', (name) => admin(`ALTER DATABASE "${name}" RENAME TO "${name}_"`)],
    [
      'puts another database in its place',
      'standby-missing',
      async (name) => {
        await admin(`DROP DATABASE "${name}"`);
        await admin(`CREATE DATABASE "${name}" OWNER "${fixture.address.user}" ALLOW_CONNECTIONS false`);
      },
    ],
    ['grants something on it', 'standby-changed', (name) => admin(`GRANT CONNECT ON DATABASE "${name}" TO PUBLIC`)],
  ])('is not taken when somebody %s', async (_, code, attack) => {
    await build();
    await attack(built.database!.name);
    expect(await take()).toMatchObject({ code, message: expect.stringMatching(/\.$/) as string });
  });

  it.each<[string, string, (directory: string) => Promise<unknown>]>([
    ['writes a file', 'standby-changed', (directory) => writeFile(join(directory, 'theirs'), 'x')],
    ['changes a file', 'standby-changed', (directory) => writeFile(join(directory, 'state.txt'), 'x')],
    [
      'changes a file, and sets its times back',
      'standby-changed',
      (directory) => changeFileBackdated(join(directory, 'sub/attachment.bin')),
    ],
    ['removes a file', 'standby-changed', (directory) => unlink(join(directory, 'state.txt'))],
    [
      'renames a file, and back',
      'standby-changed',
      async (directory) => {
        await rename(join(directory, 'state.txt'), join(directory, 'other'));
        await rename(join(directory, 'other'), join(directory, 'state.txt'));
      },
    ],
    [
      'links to a file from outside',
      'standby-changed',
      (directory) => link(join(directory, 'state.txt'), join(fixture.root, 'link')),
    ],
    ['changes a mode', 'standby-changed', (directory) => chmod(join(directory, 'sub'), 0o777)],
    [
      'puts a copy of a file in its place',
      'standby-changed',
      async (directory) => {
        const file = join(directory, 'state.txt');
        const [content, { atime, mtime }] = [await readFile(file), await stat(file)];
        await unlink(file);
        await writeFile(file, content);
        await utimes(file, atime, mtime);
      },
    ],
    ['removes its directory', 'standby-missing', (directory) => rm(directory, { recursive: true })],
    [
      'puts a link in place of its directory',
      'standby-missing',
      async (directory) => {
        await rename(directory, join(fixture.root, 'elsewhere'));
        await symlink(join(fixture.root, 'elsewhere'), directory);
      },
    ],
    [
      'puts another directory in its place',
      'standby-missing',
      async (directory) => {
        await rm(directory, { recursive: true });
        await mkdir(directory);
      },
    ],
    [
      'moves its enclosure away',
      'standby-missing',
      (directory) => rename(dirname(directory), join(fixture.root, 'elsewhere')),
    ],
  ])('is not taken when somebody %s', async (_, code, attack) => {
    await build();
    await attack(built.directory!.path);
    expect(await take()).toMatchObject({ code, message: expect.stringMatching(/\.$/) as string });
  });

  it('is not taken when the live database has another owner by now', async () => {
    await build();
    const { database, user } = fixture.address;
    await admin(`ALTER DATABASE "${database}" OWNER TO CURRENT_USER; GRANT ALL ON DATABASE "${database}" TO "${user}"`);
    try {
      expect(await take()).toMatchObject({ code: 'standby-unlike', message: expect.stringMatching(/owner/) as string });
    } finally {
      await admin(`ALTER DATABASE "${database}" OWNER TO "${user}"`);
    }
  });

  it('is not taken when the environment has lost a part that the snapshot has', async () => {
    await build();
    const use = { attemptId: randomUUID(), filestore: { path: fixture.files } };
    expect(await takeStandby(built, use, signal)).toMatchObject({ code: 'standby-unlike' });
  });

  it('begins anew over what an attempt that died has left', async () => {
    await admin(
      `CREATE DATABASE "snapback_shadow_${request.standbyId.replaceAll('-', '')}" OWNER "${fixture.address.user}"`,
    );
    await build();
    expect(await take()).toHaveProperty('database');
  });

  it('leaves nothing when its snapshot cannot be read', async () => {
    const nowhere = { ...request, snapshotId: randomUUID() };
    await expect(buildStandby(nowhere, fixture.vault, quietly)).rejects.toMatchObject({ code: 'snapshot-damaged' });
    expect(await fixture.leftovers()).toEqual([]);
  });
});
