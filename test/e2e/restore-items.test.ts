import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  itemRestoreList,
  itemRestoreUndo,
  itemRestoreView,
  restoreItems,
  rollbackCreate,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type {
  ItemRestore,
  ItemRestoreProgress,
  ItemRestoreRequest,
  SnapshotDetails,
} from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { watchItemRestore } from '../../sdk/typescript/streams/watch.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
let snapshot: SnapshotDetails;
let schema: string;

const HOSTILE = Buffer.from([0x6e, 0xff, 0x0a, 0x1b]);
const file = (name: string) => join(place.filestorePath, name);
const sql = (text: string) => query(place.database.address, text);

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 60 });
  await mkdir(file('docs/deep/er'), { recursive: true });
  await writeFile(file('docs/deep/er/plan.pdf'), 'the plan');
  await writeFile(file('docs/deep/notes'), 'notes');
  await chmod(file('docs/deep/er/plan.pdf'), 0o640);
  await symlink('/etc/passwd', file('docs/link'));
  await writeFile(Buffer.concat([Buffer.from(`${place.filestorePath}/`), HOSTILE]), 'bytes');
  await sql(`
    CREATE SCHEMA shop;
    CREATE DOMAIN shop.amount AS numeric(10, 2) CHECK (VALUE >= 0);
    CREATE TABLE shop.orders (
      "No." int, place text COLLATE "C", total shop.amount, twice numeric GENERATED ALWAYS AS (total * 2) STORED, tags text[],
      PRIMARY KEY ("No.", place));
    INSERT INTO shop.orders ("No.", place, total, tags) SELECT n, 'x' || n, n, ARRAY['a', NULL] FROM generate_series(1, 1000) n;
    CREATE TABLE no_key (t text);
    INSERT INTO no_key VALUES ('same'), ('same'), (E'tab\\there\\nand \\\\ there');
    CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
    CREATE TABLE events_2 (at date, id int);
    ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
    INSERT INTO events VALUES (1, '2026-02-03'), (2, '2026-09-01');
    CREATE VIEW all_items AS SELECT * FROM items`);
  snapshot = await takeSnapshot(client, place.environment.id, { type: 'full' });
  schema = `restored_${snapshot.id.replaceAll('-', '')}`;
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

const path = () => ({ environmentId: place.environment.id, snapshotId: snapshot.id });
const at = (id: string) => ({ environmentId: place.environment.id, itemRestoreId: id });

function ended(id: string): Promise<ItemRestore> {
  const look = async () => {
    const row = await result(itemRestoreView({ client, path: at(id) }));
    return !['queued', 'running', 'undoing'].includes(row.status) && row;
  };
  return waitUntil('the items are restored', look, { everyMs: 100 });
}

async function watched(id: string): Promise<ItemRestoreProgress[]> {
  const events = [];
  for await (const event of watchItemRestore(client, at(id))) events.push(event);
  return events;
}

async function restore(body: ItemRestoreRequest): Promise<ItemRestore> {
  const { id } = await result(restoreItems({ client, path: path(), body }));
  return ended(id);
}

async function undo({ id }: ItemRestore): Promise<ItemRestore> {
  await result(itemRestoreUndo({ client, path: at(id) }));
  return ended(id);
}

async function refusal(body: unknown) {
  const { error } = await restoreItems({ client, path: path(), body: body as ItemRestoreRequest });
  return error;
}

describe('files of a snapshot', () => {
  it('come beside what has their names, with their modes, and go again', async () => {
    await writeFile(file('docs/deep/er/plan.pdf'), 'another plan');
    const restored = await restore({ files: [{ path: 'docs/deep/er/plan.pdf' }, { path: 'docs/link' }] });
    expect(restored).toMatchObject({ status: 'completed', finding: null, place: 'beside' });
    const [plan, link] = restored.files;
    expect(plan!.restoredAs).toMatch(/^docs\/deep\/er\/plan\.pdf\.restored-\d{8}T\d{6}Z$/);
    expect(plan!.keptPrevious).toBe(false);
    expect(await readFile(file(plan!.restoredAs!), 'utf8')).toBe('the plan');
    expect((await stat(file(plan!.restoredAs!))).mode & 0o777).toBe(0o640);
    expect(link!.restoredAs).toMatch(/^docs\/link\.restored-/);
    expect(await readFile(file('docs/deep/er/plan.pdf'), 'utf8')).toBe('another plan');
    expect((await undo(restored)).status).toBe('undone');
    // Its progress goes on behind what was its end.
    const events = await watched(restored.id);
    expect(events.at(-1)).toMatchObject({ status: 'undone', final: true });
    expect(await readdir(file('docs/deep/er'))).toEqual(['plan.pdf']);
    expect(await readdir(file('docs'))).toEqual(['deep', 'link']);
  });

  it('take the place of what is there, which comes back when that is undone', async () => {
    await writeFile(file('docs/deep/er/plan.pdf'), 'another plan');
    await writeFile(file('docs/deep/later'), 'written since');
    const restored = await restore({ files: [{ path: 'docs/deep' }], place: 'in_place' });
    expect(restored.files).toEqual([
      expect.objectContaining({ path: 'docs/deep', restoredAs: 'docs/deep', keptPrevious: true }),
    ]);
    expect(await readFile(file('docs/deep/er/plan.pdf'), 'utf8')).toBe('the plan');
    expect(existsSync(file('docs/deep/later'))).toBe(false);
    expect((await undo(restored)).status).toBe('undone');
    expect(await readFile(file('docs/deep/er/plan.pdf'), 'utf8')).toBe('another plan');
    expect(await readFile(file('docs/deep/later'), 'utf8')).toBe('written since');
  });

  it('come back with the directories above them that are gone, and with nothing else of those', async () => {
    await rm(file('docs'), { recursive: true });
    const restored = await restore({ files: [{ path: 'docs/deep/er/plan.pdf' }, { path: 'docs/link' }] });
    expect(restored.files.map(({ restoredAs }) => restoredAs)).toEqual(['docs/deep/er/plan.pdf', 'docs/link']);
    expect(await readFile(file('docs/deep/er/plan.pdf'), 'utf8')).toBe('the plan');
    expect(await readdir(file('docs/deep'))).toEqual(['er']);
    const whole = await restore({ files: [{ path: 'docs' }], place: 'in_place' });
    expect(whole.status).toBe('completed');
    expect(await readFile(file('docs/deep/notes'), 'utf8')).toBe('notes');
  });

  it('may have names that are no text', async () => {
    const pathBase64 = HOSTILE.toString('base64');
    const restored = await restore({ files: [{ pathBase64 }] });
    const name = Buffer.from(restored.files[0]!.restoredAsBase64!, 'base64');
    expect(await readFile(Buffer.concat([Buffer.from(`${place.filestorePath}/`), name]), 'utf8')).toBe('bytes');
    expect((await undo(restored)).status).toBe('undone');
  });

  it('stay when they are not what was restored any more', async () => {
    const restored = await restore({ files: [{ path: 'a.txt' }, { path: 'empty' }], place: 'in_place' });
    await rm(file('a.txt'));
    await writeFile(file('a.txt'), 'somebody has written it anew');
    const undone = await undo(restored);
    expect(undone).toMatchObject({ status: 'undone', finding: { code: 'item-changed' } });
    expect(undone.finding!.message).toContain('"a.txt"');
    expect(await readFile(file('a.txt'), 'utf8')).toBe('somebody has written it anew');
  });

  it('are not led out of the filestore by a link in place of a directory', async () => {
    const outside = join(dirname(place.filestorePath), `outside-${snapshot.id}`);
    await mkdir(join(outside, 'er'), { recursive: true });
    await rm(file('docs/deep'), { recursive: true, force: true });
    await mkdir(file('docs'), { recursive: true });
    await symlink(outside, file('docs/deep'));
    const restored = await restore({ files: [{ path: 'docs/deep/er/plan.pdf' }] });
    expect(restored).toMatchObject({ status: 'failed', finding: { code: 'item-in-the-way' } });
    expect(await readdir(join(outside, 'er'))).toEqual([]);
    await rm(outside, { recursive: true });
    await rm(file('docs/deep'));
  });
});

describe('tables of a snapshot', () => {
  it('come into a schema of their own, with columns, rows and primary key', async () => {
    await sql(
      'DROP TABLE shop.orders; DELETE FROM no_key; DROP TABLE events; ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO PUBLIC',
    );
    const tables = [
      { schema: 'shop', name: 'orders' },
      { schema: 'public', name: 'no_key' },
      { schema: 'public', name: 'events' },
    ];
    const restored = await restore({ tables });
    expect(restored).toMatchObject({ status: 'completed', finding: null });
    expect(restored.tables).toEqual([
      { ...tables[0], restoredAs: { schema, name: 'orders' }, rowCount: 1000, computedColumns: ['twice'] },
      { ...tables[1], restoredAs: { schema, name: 'no_key' }, rowCount: 3, computedColumns: [] },
      { ...tables[2], restoredAs: { schema, name: 'events' }, rowCount: 2, computedColumns: [] },
    ]);
    expect(await sql(`SELECT * FROM ${schema}.orders WHERE "No." = 7`)).toEqual([
      { 'No.': 7, place: 'x7', total: '7.00', tags: ['a', null] },
    ]);
    expect(await sql(`SELECT t FROM ${schema}.no_key ORDER BY 1`)).toHaveLength(3);
    expect(await sql(`SELECT id, at::text FROM ${schema}.events ORDER BY 1`)).toEqual([
      { id: 1, at: '2026-02-03' },
      { id: 2, at: '2026-09-01' },
    ]);
    const [key] = await sql(
      `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE contype = 'p' AND conrelid = '${schema}.orders'::regclass`,
    );
    expect(key).toEqual({ definition: 'PRIMARY KEY ("No.", place)' });
    // Whatever the role grants by default.
    expect(await sql(`SELECT has_schema_privilege('public', '${schema}', 'USAGE') AS "mayLook"`)).toEqual([
      { mayLook: false },
    ]);
    expect((await undo(restored)).status).toBe('undone');
    expect(await sql(`SELECT FROM pg_namespace WHERE nspname = '${schema}'`)).toEqual([]);
  });

  it('stay as long as something depends on them', async () => {
    const restored = await restore({ tables: [{ schema: 'public', name: 'items' }] });
    await sql(`CREATE VIEW uses_it AS SELECT * FROM ${schema}.items`);
    const refused = await undo(restored);
    expect(refused).toMatchObject({ status: 'completed', finding: { code: 'item-changed' } });
    expect(refused.undoUntil).not.toBeNull();
    const again = await restore({ tables: [{ schema: 'public', name: 'items' }] });
    expect(again).toMatchObject({ status: 'failed', finding: { code: 'item-in-the-way' } });
    await sql('DROP VIEW uses_it');
    expect((await undo(restored)).status).toBe('undone');
  });

  it('fail together, and files with them, when one cannot be made', async () => {
    await sql("CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE moods (m mood); INSERT INTO moods VALUES ('ok')");
    const newer = await takeSnapshot(client, place.environment.id);
    await sql('DROP TABLE moods; DROP TYPE mood');
    const body: ItemRestoreRequest = {
      files: [{ path: 'a.txt' }],
      tables: ['items', 'moods'].map((name) => ({ schema: 'public', name })),
    };
    const { id } = await result(restoreItems({ client, path: { ...path(), snapshotId: newer.id }, body }));
    const failed = await ended(id);
    expect(failed).toMatchObject({ status: 'failed', finding: { code: 'restore-failed' } });
    expect(failed.finding!.message).toContain('"public"."moods"');
    expect(await sql(`SELECT FROM pg_namespace WHERE nspname LIKE 'restored_%'`)).toEqual([]);
    expect((await readdir(place.filestorePath)).filter((name) => name.startsWith('a.txt'))).toEqual(['a.txt']);
  });
});

describe('what is asked for', () => {
  it.each([
    ['nothing', {}, 'files'],
    ['what is not there', { files: [{ path: 'nowhere' }] }, 'files.0'],
    ['a table that is not there', { tables: [{ schema: 'public', name: 'Items' }] }, 'tables.0'],
    ['a view', { tables: [{ schema: 'public', name: 'all_items' }] }, 'tables.0'],
    ['no path: it is not there', { files: [{}] }, 'files.0'],
    [
      'bytes that lead outside',
      { files: [{ pathBase64: Buffer.from('../outside').toString('base64') }] },
      'files.0.pathBase64',
    ],
    ['a path that leads outside', { files: [{ path: 'sub/../../outside' }] }, 'files.0.path'],
    ['something twice', { files: [{ path: 'sub' }, { path: 'sub/b.txt' }] }, 'files.1'],
    ['a table twice', { tables: [1, 2].map(() => ({ schema: 'public', name: 'items' })) }, 'tables.1'],
  ])('is refused before anything is touched: %s', async (what, body, field) => {
    const error = await refusal(body);
    expect(error).toMatchObject({ code: /not there|view/.test(what) ? 'not-found' : 'validation-failed' });
    expect(error!.errors!.map((one) => one.field)).toContain(field);
  });

  it('is not done while a rollback of the environment waits, nor the other way', async () => {
    await query(
      service.database,
      `INSERT INTO item_restores (id, environment_id, snapshot_id, place, files, tables, requested_by, status)
      VALUES (gen_random_uuid(), '${place.environment.id}', '${snapshot.id}', 'beside', '[]', '[]', 'somebody', 'running')`,
    );
    const { error } = await rollbackCreate({
      client,
      path: { environmentId: place.environment.id },
      body: { snapshotId: snapshot.id },
    });
    expect(error).toMatchObject({ code: 'environment-busy', resource: { kind: 'item-restore' } });
    await query(service.database, `DELETE FROM item_restores WHERE requested_by = 'somebody'`);
  });

  it('is listed, the newest first', async () => {
    const { items } = await result(itemRestoreList({ client, path: { environmentId: place.environment.id } }));
    expect(items.length).toBeGreaterThan(5);
    expect(items.map(({ createdAt }) => createdAt)).toEqual(
      items
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    );
  });
});

describe('what was replaced', () => {
  it('goes when the time for an undo is over', async () => {
    const restored = await restore({ files: [{ path: 'sub' }], place: 'in_place' });
    expect(await statesBeside(place)).not.toEqual([]);
    await query(service.database, 'UPDATE item_restores SET undo_until = now() WHERE undo_until IS NOT NULL');
    await waitUntil('nothing is beside the filestore', async () => (await statesBeside(place)).length === 0);
    const { error } = await itemRestoreUndo({ client, path: at(restored.id) });
    expect(error).toMatchObject({ code: 'undo-unavailable' });
  });
});
