import { chmod, mkdir, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  snapshotCompare,
  snapshotDefinitionChangeList,
  snapshotFileChangeList,
  snapshotTableChangeList,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { takeSnapshot } from './outcomes.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
let elsewhere: TestEnvironment;
let foreign: SnapshotDetails;
let before: SnapshotDetails;
let after: SnapshotDetails;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  elsewhere = await createTestEnvironment(client, service.filestoreRoot);
  const { filestorePath: root, database } = place;
  const sql = (text: string) => query(database.address, text);
  await sql(
    `CREATE TABLE keyless (note text); INSERT INTO keyless VALUES ('a'), ('a'), ('b'), ('c');
     CREATE TABLE "Odd ""Table" ("first key" int, second text, "third" text, PRIMARY KEY (second, "first key"));
     INSERT INTO "Odd ""Table" SELECT n, E'tab\\there', 'x' FROM generate_series(1, 50) n;
     CREATE TABLE moved (id int PRIMARY KEY, at int); INSERT INTO moved SELECT n, 1 FROM generate_series(1, 500) n;
     CREATE TABLE gone (id int); INSERT INTO gone VALUES (1), (2);
     CREATE TABLE other_columns (id int, was int); INSERT INTO other_columns VALUES (1, 1);
     CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'`,
  );
  await mkdir(join(root, 'dir'));
  for (const name of ['content', 'mode', 'time', 'turned', 'dir/deep', 'dir/same'])
    await writeFile(join(root, name), name);
  await symlink('a', join(root, 'link'));
  before = await takeSnapshot(client, place.environment.id, { type: 'full' });
  foreign = await takeSnapshot(client, elsewhere.environment.id);
  await sql(
    `INSERT INTO items VALUES (101, 'new'), (102, 'new'); DELETE FROM items WHERE id <= 3; UPDATE items SET name = 'other' WHERE id IN (50, 51);
     DELETE FROM keyless WHERE ctid = '(0,1)'; UPDATE keyless SET note = 'd' WHERE note = 'c';
     UPDATE "Odd ""Table" SET third = 'y' WHERE "first key" = 7;
     UPDATE moved SET at = at WHERE id < 250; DROP TABLE gone; CREATE TABLE come (id int); INSERT INTO come VALUES (1), (2), (3);
     ALTER TABLE other_columns DROP COLUMN was;
     CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n + n'; CREATE INDEX by_name ON items (name)`,
  );
  await writeFile(join(root, 'content'), 'longer content');
  await chmod(join(root, 'mode'), 0o600);
  await utimes(join(root, 'time'), 1, 1);
  await unlink(join(root, 'turned'));
  await mkdir(join(root, 'turned'));
  await rm(join(root, 'dir', 'deep'));
  await unlink(join(root, 'link'));
  await symlink('b', join(root, 'link'));
  await writeFile(join(root, 'dir', 'new\nname'), 'new');
  after = await takeSnapshot(client, place.environment.id, { type: 'full' });
});

afterAll(async () => {
  await nothingIsLeft([place, elsewhere]).finally(() => service.stop());
});

interface Paging {
  limit?: number;
  cursor?: string;
}

const asked = (from: SnapshotDetails, to: SnapshotDetails, query: Paging = {}) => ({
  client,
  path: { environmentId: from.environmentId, snapshotId: from.id },
  query: { with: to.id, ...query },
});

/** What was added is removed the other way round. */
const turned = { added: 'removed', removed: 'added', changed: 'changed' } as const;

describe('two snapshots', () => {
  it('are compared by what was captured of them', async () => {
    const { definitions, tables, files } = await result(snapshotCompare(asked(before, after)));
    expect(tables).toEqual({ addedCount: 1, removedCount: 1, changedCount: 5, unchangedCount: 0 });
    expect(files).toMatchObject({ addedCount: 1, removedCount: 1, changedCount: 5, addedBytes: 17, removedBytes: 21 });
    expect(definitions).toMatchObject({ addedCount: 2, removedCount: 1, changedCount: 2 });
    expect(definitions!.unchangedCount).toBeGreaterThan(10);
  });

  it('are the same as themselves, and as one in which nothing has changed', async () => {
    const same = await takeSnapshot(client, place.environment.id, { type: 'differential' });
    for (const other of [after, same]) {
      const { definitions, tables, files } = await result(snapshotCompare(asked(after, other)));
      for (const counts of [definitions!, tables, files]) {
        expect(counts).toMatchObject({ addedCount: 0, removedCount: 0, changedCount: 0 });
        expect(counts.unchangedCount).toBeGreaterThan(5);
      }
    }
  });

  it('say how many rows of each table were added, removed and changed', async () => {
    const rows = async (from: SnapshotDetails, to: SnapshotDetails) =>
      (await result(snapshotTableChangeList(asked(from, to)))).items.map((item) => [
        item.name,
        item.change,
        item.isExact,
        item.addedRowCount,
        item.removedRowCount,
        item.changedRowCount,
      ]);
    const there = await rows(before, after);
    // Whose rows have only moved is not among them.
    expect(there).toEqual([
      ['Odd "Table', 'changed', true, 0, 0, 1],
      ['come', 'added', true, 3, null, 0],
      ['gone', 'removed', true, null, 2, 0],
      ['items', 'changed', true, 2, 3, 2],
      // One of two that were the same has gone; and one was changed.
      ['keyless', 'changed', true, 1, 2, 0],
      ['other_columns', 'changed', false, null, null, null],
    ]);
    const back = there.map(([name, change, exact, added, removed, changed]) => {
      return [name, turned[change as keyof typeof turned], exact, removed, added, changed];
    });
    expect(await rows(after, before)).toEqual(back);
  });

  it('say what was made of each object, as a text diff', async () => {
    const { items } = await result(snapshotDefinitionChangeList(asked(before, after)));
    expect(items.map(({ kind, name, change }) => `${change} ${kind} ${name}`)).toEqual([
      'changed function public.twice(integer)',
      'added table public.come',
      'removed table public.gone',
      'changed table public.other_columns',
      'added index public.by_name',
    ]);
    expect(items[0]!.diff).toContain('-source: SELECT n * 2\n+source: SELECT n + n\n');
    expect(items[3]!.diff).toMatch(/^-.*name: was$/m);
    expect(items[4]!.diff).toContain('+statement: CREATE INDEX by_name ON public.items USING btree (name)');
  });

  it('say what has changed of each file', async () => {
    const changes = async (from: SnapshotDetails, to: SnapshotDetails) =>
      (await result(snapshotFileChangeList(asked(from, to)))).items.map(
        ({ path, change, aspects }) => `${change} ${path} ${aspects.join(' ')}`,
      );
    expect(await changes(before, after)).toEqual([
      'changed content content time',
      'changed link target time',
      'changed mode mode',
      'changed time time',
      'changed turned kind',
      'removed dir/deep ',
      'added dir/new\nname ',
    ]);
    const { items } = await result(snapshotFileChangeList(asked(before, after)));
    expect(items[0]).toMatchObject({ before: { sizeBytes: 7 }, after: { sizeBytes: 14 } });
    expect(items[4]).toMatchObject({ before: { kind: 'file' }, after: { kind: 'directory' } });
    expect(items[5]).toMatchObject({ before: { path: 'dir/deep' }, after: null });
  });

  it.each([
    ['definitions', (query: Paging) => result(snapshotDefinitionChangeList(asked(before, after, query)))],
    ['tables', (query: Paging) => result(snapshotTableChangeList(asked(before, after, query)))],
    ['files', (query: Paging) => result(snapshotFileChangeList(asked(before, after, query)))],
  ])('come in pages that meet: %s', async (_, list) => {
    const all = await list({});
    const found: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit: 2, ...(cursor !== undefined && { cursor }) });
      expect(page.offset).toBe(found.length);
      found.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(all.items);
  });

  it('of two projects are not compared', async () => {
    const { error } = await snapshotCompare(asked(before, foreign));
    expect(error).toMatchObject({ code: 'not-found' });
  });
});
