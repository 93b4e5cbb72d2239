import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import type { ProgressUpdate } from '../../../src/engine/progress.js';
import { discardStaged } from '../../../src/engine/restore/staging/discard.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import type { StageRequest } from '../../../src/engine/restore/staging/stage-request.js';
import type { Staged } from '../../../src/engine/restore/staging/staged.js';
import { childrenRunning } from '../../harness/child-processes.js';
import { createTestDatabase, query } from '../../harness/database.js';
import { openToLook } from '../../harness/restore-into.js';
import { CUSTOMERS, OldSnapshot, quietly, RestoreFixture } from './restore-fixture.js';

let old: OldSnapshot;
let fixture: RestoreFixture;

// One for all: nothing here may touch what is live.
beforeAll(async () => {
  old = await OldSnapshot.capture();
  fixture = await RestoreFixture.of(old);
});
afterAll(async () => {
  await fixture.remove();
  await old.remove();
});
afterEach(async () => {
  await expectLiveUntouched();
  await expectAllDiscarded();
});

const made: Staged[] = [];

/** What is discarded after the test. */
async function staging(request: StageRequest, context = quietly): Promise<Staged> {
  const staged = await stage(request, fixture.vault, context);
  made.push(staged);
  return staged;
}

async function expectAllDiscarded(): Promise<void> {
  for (const each of made.splice(0)) expect(await discardStaged(each)).toEqual([]);
}

async function expectLiveUntouched(): Promise<void> {
  expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
}

it('rebuilds both halves beside the live ones, reports both phases up to their totals, and can be discarded without a trace', async () => {
  const updates: ProgressUpdate[] = [];
  const context = { ...quietly, progress: { report: (update: ProgressUpdate) => void updates.push(update) } };

  const staged = await stage(await fixture.request(), fixture.vault, context);

  const { shadow } = staged.database!.names;
  await openToLook({ ...fixture.address, database: shadow });
  expect(await fixture.rowsOf(shadow)).toBe('old');
  expect(await query({ ...fixture.address, database: shadow }, 'SELECT count(*)::int AS n FROM customer')).toEqual([
    { n: CUSTOMERS },
  ]);
  expect(await fixture.filesOf(staged.filestore!.stagedPath)).toBe('old');
  expect(staged.filestore).toMatchObject({ files: 2, bytes: 3 + 14_000 });
  for (const phase of ['stage-database', 'stage-filestore'] as const) {
    const last = updates.findLast((update) => update.phase === phase);
    expect(last?.bytesDone).toBe(last?.bytesTotal);
  }
  expect(await discardStaged(staged)).toEqual([]);
  expect(await fixture.leftovers()).toEqual([]);
});

it.each(['database', 'filestore'] as const)('rebuilds the %s alone', async (half) => {
  const request = await fixture.request();

  const staged = await staging({ ...request, database: undefined, filestore: undefined, [half]: request[half] });

  expect(Object.keys(staged).toSorted()).toEqual(['attemptId', half].toSorted());
});

describe('the SQL that neutralises', () => {
  it('has run before anybody but the owner may look', async () => {
    const { database } = fixture;
    const stranger = await createTestDatabase();
    await query(
      database.admin,
      `CREATE FUNCTION public.visitors() RETURNS int LANGUAGE sql AS 'SELECT 1';
       ALTER DATABASE "${database.address.database}" SET search_path = odd, public`,
    );
    const neutralizeSql = `
      CREATE SCHEMA odd;
      CREATE TABLE doors AS SELECT current_schema() AS schema, has_database_privilege('${stranger.address.user}', current_database(), 'CONNECT') AS open;
      UPDATE customer SET name = 'nobody'`;

    const staged = await staging(await fixture.request({ neutralizeSql }));

    const shadow = await openToLook({ ...fixture.address, database: staged.database!.names.shadow });
    expect(await query(shadow, 'SELECT * FROM odd.doors')).toEqual([{ schema: 'odd', open: false }]);
    expect(await query(shadow, 'SELECT DISTINCT name FROM customer')).toEqual([{ name: 'nobody' }]);
    await expect(
      withConnection({ ...stranger.address, database: shadow.database }, {}, async () => true),
    ).resolves.toBe(true);
    await stranger.drop();
    await query(database.admin, `ALTER DATABASE "${database.address.database}" RESET search_path`);
  });

  it('stops everything when it fails', async () => {
    const request = await fixture.request({ neutralizeSql: 'UPDATE no_such_table SET x = 1' });

    await expect(stage(request, fixture.vault, quietly)).rejects.toMatchObject({
      code: 'database-error',
      message: expect.stringContaining('no_such_table'),
    });
    expect(await fixture.leftovers()).toEqual([]);
  });
});

describe('a snapshot that cannot be restored leaves nothing behind:', () => {
  it('a manifest that is not there', async () => {
    const request = { ...(await fixture.request()), snapshotId: randomUUID() };

    await expect(stage(request, fixture.vault, quietly)).rejects.toMatchObject({ code: 'snapshot-damaged' });
    expect(await fixture.leftovers()).toEqual([]);
  });

  it('chunks that were altered', async () => {
    const alter = async (): Promise<void> => {
      for (const path of await readdir(fixture.vaultRoot, { recursive: true, withFileTypes: true })) {
        const file = join(path.parentPath, path.name);
        if (!path.isFile() || !file.includes('/packs/')) continue;
        const bytes = await readFile(file);
        const middle = Math.floor(bytes.length / 2);
        bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
        await writeFile(file, bytes);
      }
    };
    await alter();
    try {
      await expect(stage(await fixture.request(), fixture.vault, quietly)).rejects.toMatchObject({
        code: 'snapshot-damaged',
      });
    } finally {
      // The same once more is what there was.
      await alter();
    }
    expect(await fixture.leftovers()).toEqual([]);
    expect(await childrenRunning('pg_restore')).toEqual([]);
  });

  it('a live directory that is gone', async () => {
    const request = { ...(await fixture.request()), filestore: { path: join(fixture.root, 'nowhere') } };

    await expect(stage(request, fixture.vault, quietly)).rejects.toMatchObject({ code: 'filestore-missing' });
    expect(await fixture.leftovers()).toEqual([]);
  });
});

it.each(['stage-database', 'stage-filestore'])(
  'leaves neither process, database nor directory behind when it is aborted in %s',
  async (phase) => {
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const progress = {
      report: (update: ProgressUpdate) => {
        if (update.phase === phase && (update.bytesDone ?? 0) > 0) controller.abort(reason);
      },
    };

    await expect(stage(await fixture.request(), fixture.vault, { signal: controller.signal, progress })).rejects.toBe(
      reason,
    );

    expect(await fixture.leftovers()).toEqual([]);
    expect(await childrenRunning('pg_restore')).toEqual([]);
  },
);

it('says what could not be discarded instead of failing', async () => {
  const staged = await staging(await fixture.request());
  await query(fixture.database.admin, `ALTER DATABASE "${staged.database!.names.shadow}" IS_TEMPLATE true`);

  expect(await discardStaged(staged)).toEqual([
    expect.stringMatching(/"snapback_shadow_\w+" is left over: .*template/),
  ]);

  await query(fixture.database.admin, `ALTER DATABASE "${staged.database!.names.shadow}" IS_TEMPLATE false`);
});
