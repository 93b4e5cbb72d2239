import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture, type CaptureRequest } from '../../../src/engine/capture/capture.js';
import { NOTHING_EXCLUDED } from '../../../src/engine/exclusion/exclusion.js';
import type { ManifestEntry } from '../../../src/vault/manifests/manifest.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { asNobody, collect, Scratch, silent } from './filestore-scratch.js';

const PROJECT = randomUUID();
const git = promisify(execFile);

describe('a capture that leaves out', () => {
  let scratch: Scratch;
  let database: TestDatabase;
  let place: VaultFixture;

  beforeEach(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await database.drop();
    await place.remove();
    await scratch.remove();
  });

  const take = async (what: Partial<CaptureRequest>) => {
    const snapshotId = randomUUID();
    const result = await capture({ project: PROJECT, snapshotId, ...what }, place.vault, silent);
    return { snapshotId, result, entries: await collect(place.vault.readEntries(PROJECT, snapshotId)) };
  };
  const rules = (some: Partial<NonNullable<CaptureRequest['exclusion']>>) => ({ ...NOTHING_EXCLUDED, ...some });
  const named = (entries: ManifestEntry[], kind: ManifestEntry['kind']) =>
    entries.flatMap((entry) => (entry.kind === kind && 'name' in entry ? [entry.name] : []));
  const pathsOf = (entries: ManifestEntry[]) =>
    entries.flatMap((entry) =>
      entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink'
        ? [entry.path.replace('utf8:', '')]
        : [],
    );

  describe('rows', () => {
    const SHOP = `
      CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (1);
      CREATE TABLE sessions (id serial PRIMARY KEY, customer int REFERENCES customers); INSERT INTO sessions (customer) VALUES (1), (1);
      CREATE TABLE events (at int) PARTITION BY RANGE (at);
      CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10); INSERT INTO events VALUES (3);
      CREATE MATERIALIZED VIEW busy AS SELECT count(*) FROM sessions;
      CREATE MATERIALIZED VIEW calm AS SELECT count(*) FROM customers`;

    it('has all but the rows, of partitions too, and says which', async () => {
      await query(database.address, SHOP);
      const exclusion = rules({ rowsOf: ['sessions', 'events', 'nothing_*'] });
      const { result, entries } = await take({ database: database.address, exclusion });
      expect(named(entries, 'table')).toEqual(['customers']);
      expect(entries.filter(({ kind }) => kind === 'left-out')).toEqual([
        { kind: 'left-out', of: 'rows', schema: 'public', name: 'events_1' },
        { kind: 'left-out', of: 'rows', schema: 'public', name: 'sessions' },
      ]);
      expect(entries.find(({ kind }) => kind === 'exclusion')).toMatchObject({ rowsOf: exclusion.rowsOf });
      expect(entries.find(({ kind }) => kind === 'sequence')).toMatchObject({
        name: 'sessions_id_seq',
        ofLeftOut: true,
      });
      expect(named(entries, 'contents')).toEqual(['calm']);
      expect(result.leftOut).toMatchObject({ rowsOfCount: 2, tableCount: 0, rules: exclusion });
      expect(result.warnings.map(({ code }) => code).toSorted()).toEqual([
        'exclude-matches-nothing',
        'view-of-left-out-rows',
      ]);
    });

    it('is the same snapshot when only those rows have changed, and another one when the rules have', async () => {
      await query(database.address, SHOP);
      const exclusion = rules({ rowsOf: ['sessions'] });
      const one = await take({ database: database.address, exclusion });
      const base = { snapshotId: one.snapshotId };
      await query(database.address, 'INSERT INTO sessions (customer) VALUES (1)');
      const other = await take({ database: database.address, exclusion, base });
      expect(other.result.contentDigest).toBe(one.result.contentDigest);
      const all = await take({ database: database.address, base });
      expect(all.result.contentDigest).not.toBe(one.result.contentDigest);
      expect(all.result.leftOut).toBeNull();
      // Its definitions are not the base's either.
      const whole = await take({ database: database.address, exclusion: rules({ tables: ['events'] }), base });
      const definitionsIn = (entries: ManifestEntry[]) =>
        entries.flatMap((entry) =>
          entry.kind === 'database' || entry.kind === 'description' ? [entry.content.sha256] : [],
        );
      expect(definitionsIn(other.entries)).toEqual(definitionsIn(one.entries));
      for (const sha256 of definitionsIn(whole.entries)) expect(definitionsIn(one.entries)).not.toContain(sha256);
    });

    it('is read in full by a differential whose base has left it out, and not carried over from one that had it', async () => {
      await query(database.address, SHOP);
      const exclusion = rules({ rowsOf: ['sessions'] });
      const without = await take({ database: database.address, exclusion });
      const base = { base: { snapshotId: without.snapshotId } };
      const complete = await take({ database: database.address, ...base });
      expect(complete.result.type).toBe('differential');
      expect(named(complete.entries, 'table')).toContain('sessions');
      const rows = complete.entries.flatMap((entry) => (entry.kind === 'segment' ? [entry.rows] : []));
      expect(rows.toSorted()).toEqual([1, 1, 2]);
      const full = await take({ database: database.address });
      const again = await take({ database: database.address, exclusion, base: { snapshotId: full.snapshotId } });
      expect(again.result.type).toBe('differential');
      expect(named(again.entries, 'table')).not.toContain('sessions');
    });

    it('is refused where rows that stay refer to them', async () => {
      await query(database.address, SHOP);
      const asked = { database: database.address, exclusion: rules({ rowsOf: ['customers'] }) };
      await expect(take(asked)).rejects.toMatchObject({
        code: 'exclude-needed',
        message: expect.stringMatching(/sessions_customer_fkey.*"sessions".*"customers"/),
      });
      const { result, entries } = await take({ ...asked, whenNeeded: 'capture' });
      expect(named(entries, 'table')).toContain('customers');
      expect(result.warnings.map(({ code }) => code)).toContain('exclude-not-kept');
    });

    it('is refused where nothing would be left', async () => {
      await query(database.address, SHOP);
      const exclusion = rules({ rowsOf: ['customers', 's*', 'e*'] });
      await expect(take({ database: database.address, exclusion })).rejects.toMatchObject({
        code: 'exclude-everything',
      });
    });
  });

  describe('whole tables', () => {
    it('has neither them nor what is made of nothing else', async () => {
      await query(
        database.address,
        `CREATE TABLE kept (i int); CREATE TABLE scratch (id int GENERATED ALWAYS AS IDENTITY, s serial, t text CHECK (t <> ''));
         CREATE INDEX ON scratch (t); CREATE TABLE parts (at int) PARTITION BY RANGE (at);
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)`,
      );
      const exclusion = rules({ tables: ['scratch', 'parts'] });
      const { result, entries } = await take({ database: database.address, exclusion });
      expect(named(entries, 'table')).toEqual(['kept']);
      expect(named(entries, 'sequence')).toEqual([]);
      expect(result.leftOut).toMatchObject({
        tableCount: 3,
        tables: ['parts', 'parts_1', 'scratch'].map((name) => ({ schema: 'public', name })),
      });
    });

    it.each([
      ['a view', 'CREATE VIEW v AS SELECT * FROM scratch', /view public\.v needs/],
      ['a foreign key', 'CREATE TABLE child (i int REFERENCES scratch)', /child_i_fkey/],
      ['a signature', "CREATE FUNCTION f(scratch) RETURNS int LANGUAGE sql AS 'SELECT 1'", /function public\.f/],
      ['an heir', 'CREATE TABLE heir () INHERITS (scratch)', /table public\.heir/],
      ['a default', `CREATE TABLE other (i int DEFAULT nextval('scratch_s_seq'))`, /default value.*public\.other/],
      ['a column of its type', 'CREATE TABLE other (s scratch)', /table public\.other/],
    ])('is refused where %s needs them', async (_, sql, words) => {
      await query(database.address, `CREATE TABLE scratch (i int PRIMARY KEY, s serial); CREATE TABLE kept (); ${sql}`);
      const exclusion = rules({ tables: ['scratch'] });
      await expect(take({ database: database.address, exclusion })).rejects.toMatchObject({
        code: 'exclude-needed',
        message: expect.stringMatching(words),
      });
    });

    it('is refused for a partition whose table stays, and for a member of a publication', async () => {
      await query(
        database.address,
        `CREATE TABLE kept (); CREATE TABLE parts (at int) PARTITION BY RANGE (at);
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); CREATE TABLE told (i int)`,
      );
      await query(database.admin, 'CREATE PUBLICATION news FOR TABLE public.told');
      for (const [table, words] of [
        ['parts_1', /table public\.parts needs table public\.parts_1/],
        ['told', /publication news/],
      ] as const) {
        await expect(take({ database: database.address, exclusion: rules({ tables: [table] }) })).rejects.toMatchObject(
          { code: 'exclude-needed', message: expect.stringMatching(words) },
        );
      }
    });
  });

  describe('paths', () => {
    it('enters nothing of them, and says what it has passed by', async () => {
      const filestore = await scratch.directory('store');
      await scratch.file('store/kept/a.txt');
      await scratch.file('store/kept/b.log');
      await scratch.file('store/tmp/closed/x');
      await scratch.file('store/sessions/1');
      await chmod(scratch.path('store/tmp/closed'), 0o000);
      await place.remove();
      const { result, entries } = await asNobody(async () => {
        place = await makeVault();
        return take({ filestore, exclusion: rules({ paths: ['tmp/', '*.log', 'sessions/*', 'never'] }) });
      });
      await chmod(scratch.path('store/tmp/closed'), 0o700);
      expect(pathsOf(entries).toSorted()).toEqual(['', 'kept', 'kept/a.txt', 'sessions']);
      expect(result).toMatchObject({
        fileCount: 1,
        findings: [],
        leftOut: { fileCount: 2, directoryCount: 1, unreadableCount: 0 },
        warnings: [{ code: 'exclude-matches-nothing', message: expect.stringContaining('"never"') }],
      });
    });

    it('is refused where nothing would be left', async () => {
      const filestore = await scratch.directory('store');
      await scratch.file('store/a/x');
      await scratch.file('store/b');
      const exclusion = rules({ paths: ['a', 'b'] });
      await expect(take({ filestore, exclusion })).rejects.toMatchObject({ code: 'exclude-everything' });
      await expect(take({ filestore, exclusion: rules({ paths: ['a'] }) })).resolves.toMatchObject({
        result: { fileCount: 1 },
      });
    });

    it('goes on without files that nobody may read where that is wanted, and names them', async () => {
      const filestore = await scratch.directory('store');
      await scratch.file('store/a');
      await scratch.file('store/closed');
      await chmod(scratch.path('store/closed'), 0o000);
      await place.remove();
      const { result, entries } = await asNobody(async () => {
        place = await makeVault();
        await expect(take({ filestore })).rejects.toMatchObject({ code: 'filestore-unreadable' });
        return take({ filestore, onUnreadableFile: 'warn' });
      });
      expect(entries).toContainEqual({ kind: 'left-out', of: 'unreadable', path: 'utf8:closed' });
      expect(result.leftOut).toMatchObject({ unreadable: ['closed'], unreadableCount: 1 });
      expect(result.warnings).toMatchObject([
        { code: 'unreadable-left-out', message: expect.stringContaining('closed') },
      ]);
      expect(result.findings).toMatchObject([{ code: 'left-out', blocking: false }]);
    });

    it('has what git would not ignore, whatever the tree and the patterns', async () => {
      const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;
      const NAMES = ['a', 'b', 'ab', 'a.log', '.x', 'tmp', 'keep', 'A', 'ä', '日', 'a b', '#a', '!a', 'a[b]'];
      const PATTERNS = [
        ...['a', '/a', 'a/', '*.log', 'tmp/', 'a/b', '**/ab', 'tmp/**', '!keep', '?b', '.*', '[ab]', 'a/*', '!a/keep'],
        ...['\\#a', '\\!a', 'ä', '日', 'a b', 'a\\[b\\]', 'a/**/b', '/tmp/*', '!tmp/a.log', 'A'],
      ];
      for (let round = 0; round < 12; round += 1) {
        const store = `store${round}`;
        const filestore = await scratch.directory(store);
        for (let n = 0; n < 25; n += 1) {
          const parts = Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => pick(NAMES));
          // A name may be a directory's by now, or the other way round.
          await scratch.file(`${store}/${parts.join('/')}`).catch(() => undefined);
        }
        await mkdir(`${filestore}/always`);
        const patterns = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => pick(PATTERNS));
        const whole = await take({ filestore });
        const taken = await take({ filestore, exclusion: rules({ paths: patterns }) });
        const ignored = await ignoredByGit(filestore, patterns, whole.entries);
        const expected = pathsOf(whole.entries).filter((path) => !ignored.has(path));
        expect({ patterns, paths: pathsOf(taken.entries).toSorted() }).toEqual({
          patterns,
          paths: expected.toSorted(),
        });
      }
    });

    async function ignoredByGit(root: string, patterns: string[], entries: ManifestEntry[]): Promise<Set<string>> {
      const name = `git-${randomUUID()}`;
      const repository = await scratch.directory(name);
      await scratch.file(`${name}/rules`, `${patterns.join('\n')}\n`);
      await git('git', ['init', '-q', repository]);
      const how = ['--git-dir', `${repository}/.git`, '--work-tree', root, '-c', 'core.ignorecase=false'];
      const paths = pathsOf(entries).filter((path) => path !== '');
      const child = git(
        'git',
        [...how, '-c', `core.excludesFile=${repository}/rules`, 'check-ignore', '--no-index', '-z', '--stdin'],
        {
          cwd: root,
        },
      );
      child.child.stdin!.end(paths.join('\0'));
      // It ends with 1 where it ignores nothing.
      const { stdout } = await child.catch((error: { code?: number; stdout: string }) => {
        if (error.code !== 1) throw error;
        return error;
      });
      return new Set(stdout.split('\0').filter((path) => path !== ''));
    }
  });
});
