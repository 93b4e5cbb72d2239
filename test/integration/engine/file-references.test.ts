import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RACY_MS } from '../../../src/engine/filestore/reading/file-state.js';
import { pathDigest } from '../../../src/engine/capture/references/check-references.js';
import { capture, type CaptureRequest, type CaptureResult } from '../../../src/engine/capture/capture.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { sampleOf } from '../../harness/thorough.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { vaultWith } from './changed-writer.js';
import { Scratch, silent } from './filestore-scratch.js';

const PROJECT = randomUUID();
const QUERY = 'SELECT name FROM attachment';
const said = (...paths: string[]) => `the SHA-256 of their paths begins with ${paths.map(pathDigest).join(', ')}`;

describe('fileReferences, a query for the files that captured rows refer to', () => {
  let scratch: Scratch;
  let database: TestDatabase;
  let place: VaultFixture;
  let filestore: string;

  beforeAll(async () => {
    place = await makeVault();
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
    await place.remove();
  });
  beforeEach(async () => {
    scratch = await Scratch.create();
    filestore = await scratch.directory('store');
    // Nothing is left of the test before.
    const { user, database: name } = database.address;
    await sql(`ALTER ROLE "${user}" IN DATABASE "${name}" RESET ALL; RESET search_path;
      DROP OWNED BY CURRENT_USER; CREATE TABLE public.attachment (name text)`);
  });
  afterEach(() => scratch.remove());

  const sql = (statements: string, values?: unknown[]) => query(database.address, statements, values);
  const refer = (...names: (string | null)[]) =>
    sql('INSERT INTO attachment SELECT * FROM unnest($1::text[])', [names]);
  const files = async (...names: string[]) => {
    for (const name of names) await scratch.file(`store/${name}`);
  };

  function take(
    fileReferences: CaptureRequest['fileReferences'],
    more: Partial<CaptureRequest> = {},
  ): Promise<CaptureResult> {
    const request = { project: PROJECT, snapshotId: randomUUID(), database: database.address, filestore };
    return capture({ ...request, ...(fileReferences && { fileReferences }), ...more }, place.vault, silent);
  }

  /** The one warning of a capture that goes on in spite of what is missing. */
  async function warningOf(text: string): Promise<string | undefined> {
    const { warnings } = await take({ query: text, onDangling: 'warn' });
    expect(warnings.map(({ code }) => code)).toEqual(warnings.length === 0 ? [] : ['dangling-references']);
    return warnings[0]?.message;
  }

  it('has nothing to say when every file is there', async () => {
    await files('one', 'sub/two');
    await refer('one', 'sub/two', 'one');
    expect(await warningOf(QUERY)).toBeUndefined();
  });

  it('warns, names some and counts the others', async () => {
    await files('one');
    await refer('one', 'a', 'b', 'c', 'd', 'e');
    expect(await warningOf(`${QUERY} ORDER BY name`)).toBe(
      '5 of the 6 files the database refers to are not in the filestore; ' + said('a', 'b', 'c') + ' and 2 more.',
    );
  });

  it('counts and names a file once, however many rows name it, and however they spell it', async () => {
    await files('one');
    await refer('one', './one', 'gone', 'gone', 'gone', './gone', 'x/../gone', 'other', 'other');
    expect(await warningOf(QUERY)).toBe(
      '2 of the 3 files the database refers to are not in the filestore; ' + said('gone', 'other') + '.',
    );
  });

  it('lets go of the cut when the paths are read, while files are still being captured', async () => {
    await files('one', 'two');
    await refer('one', 'two', 'gone');
    const slow = vaultWith(place.vault, (writer) => ({
      add: async (...entries) => {
        // Nothing of the filestore is captured before a table can be changed, which the cut would prevent.
        if (entries.some(({ kind }) => kind === 'file'))
          await sql('ALTER TABLE attachment ADD COLUMN IF NOT EXISTS later int');
        return writer.add(...entries);
      },
    }));
    const fileReferences = { query: QUERY, onDangling: 'warn' as const };
    const request = { project: PROJECT, snapshotId: randomUUID(), database: database.address, filestore };
    const { warnings } = await capture({ ...request, fileReferences }, slow, silent);
    expect(warnings.map(({ message }) => message).join()).toMatch(
      new RegExp(`^1 of the 3 files .* ${pathDigest('gone')}`),
    );
  });

  it('fails where it is told to, by a sentence, and publishes nothing', async () => {
    await refer('gone');
    const snapshotId = randomUUID();
    const taking = take({ query: QUERY, onDangling: 'fail' }, { snapshotId });
    await expect(taking).rejects.toMatchObject({
      code: 'dangling-references',
      message: expect.stringContaining(pathDigest('gone')) as string,
    });
    await expect(place.vault.readHeader(PROJECT, snapshotId)).rejects.toMatchObject({ code: 'manifest-missing' });
    expect(await place.capturesUnderWay()).toBe(0);
  });

  it('looks at the rows of the cut: one that came later may name a file that is not captured', async () => {
    await files('one');
    await refer('one');
    const { vault } = place;
    const later = Object.assign(Object.create(vault) as typeof vault, {
      async beginCapture(...args: Parameters<typeof vault.beginCapture>) {
        await refer('later');
        return vault.beginCapture(...args);
      },
    });
    const fileReferences = { query: QUERY, onDangling: 'fail' as const };
    const request = { project: PROJECT, snapshotId: randomUUID(), database: database.address, filestore };
    await expect(capture({ ...request, fileReferences }, later, silent)).resolves.toMatchObject({ warningCount: 0 });
  });

  it('knows the files that a differential carries over from its base', async () => {
    await files('one', 'two');
    await refer('one', 'two');
    // Long enough for files to be known by their times.
    await sleep(RACY_MS + 100);
    const snapshotId = randomUUID();
    await take(undefined, { snapshotId });
    const fileReferences = { query: QUERY, onDangling: 'fail' as const };
    const differential = await take(fileReferences, { base: { snapshotId } });
    expect(differential).toMatchObject({ type: 'differential', warningCount: 0 });
    expect(differential.carriedOverBytes).toBeGreaterThan(0);
  });

  it.each(
    sampleOf(
      [
        ['a value that is no number', `SELECT (SELECT name FROM attachment LIMIT 1)::int::text`],
        ['a relation of its name', `SELECT (SELECT name FROM attachment LIMIT 1)::regclass::text`],
        [
          'a query that is made of it',
          `SELECT query_to_xml((SELECT name FROM attachment LIMIT 1), true, true, '')::text`,
        ],
      ],
      1,
    ),
  )('says no value in a failure: %s', async (_, query) => {
    await refer('hunter2');
    const failure = await take({ query, onDangling: 'warn' }).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'file-references-failed' });
    expect((failure as Error).message).not.toContain('hunter2');
  });

  it('stops a query that takes too long', async () => {
    const failure = take({ query: `SELECT pg_sleep(60)::text`, onDangling: 'warn', timeoutSeconds: 1 });
    await expect(failure).rejects.toMatchObject({ message: expect.stringContaining('longer than 1 s') as string });
  });

  describe.each(
    sampleOf<[string, string, RegExp]>(
      [
        ['an error in it', 'SELECT nothing FROM attachment', /column "nothing" does not exist/],
        ['no query at all', 'files', /syntax error/],
        ['a second statement', 'SELECT name FROM attachment; DROP TABLE attachment', /multiple commands/],
        ['the end of its transaction', 'SELECT name FROM attachment; COMMIT', /multiple commands/],
        [
          'rows that it deletes',
          'WITH gone AS (DELETE FROM attachment RETURNING name) SELECT name FROM gone',
          /data-modifying/,
        ],
        ['a function that writes', 'SELECT spoil()', /read-only transaction/],
        ['a sequence that it uses', `SELECT nextval('counter')::text FROM attachment`, /read-only transaction/],
        [
          'an error in the middle',
          `SELECT (1 / (20000 - n))::text FROM generate_series(1, 30000) n`,
          /PostgreSQL says 22012/,
        ],
      ],
      3,
    ),
  )('a query with %s', (_, text, says) => {
    it('fails the capture, with what PostgreSQL says, and changes nothing', async () => {
      await sql(`CREATE SEQUENCE counter; CREATE FUNCTION spoil() RETURNS text LANGUAGE sql AS
        $$ INSERT INTO attachment VALUES ('spoilt') RETURNING name $$`);
      await files('one');
      await refer('one');
      await expect(take({ query: text, onDangling: 'warn' })).rejects.toMatchObject({
        code: 'file-references-failed',
        message: expect.stringMatching(says) as string,
      });
      expect(await sql(QUERY)).toEqual([{ name: 'one' }]);
      expect(await sql('SELECT is_called FROM counter')).toEqual([{ is_called: false }]);
    });
  });

  it.each(
    sampleOf(
      [
        ['a semicolon at its end', `${QUERY} ;\n`],
        ['a comment at its end', `${QUERY} -- all of them`],
        ['both', `${QUERY}; -- all of them`],
        ['a WITH', `WITH chosen AS (${QUERY}) SELECT * FROM chosen`],
        ['a UNION', `${QUERY} UNION ALL ${QUERY}`],
        ['VALUES', `VALUES ('one'), ('two')`],
      ],
      2,
    ),
  )('takes a query with %s', async (_, text) => {
    await files('one');
    await refer('one', 'two');
    expect(await warningOf(text)).toContain(pathDigest('two'));
  });

  it('reads any number of rows, a part at a time', async () => {
    await files('one', 'two');
    await sql(
      `INSERT INTO attachment SELECT CASE n % 2 WHEN 0 THEN 'one' ELSE 'two' END FROM generate_series(1, 30000) n`,
    );
    await sql(`INSERT INTO attachment SELECT 'gone ' || n FROM generate_series(1, 30000) n`);
    expect(await warningOf(QUERY)).toMatch(/^30000 of the 30002 files .* and 29997 more\.$/);
  });

  it('takes NULL and empty text for no reference', async () => {
    await files('one');
    await refer('one', null, '', 'two');
    expect(await warningOf(QUERY)).toMatch(/^1 of the 2 files/);
  });

  it('finds files with any name, and tells of those that are missing what nobody can read', async () => {
    const odd = [
      'with space',
      'Zoë/日本.txt',
      `it's "quoted"`,
      'line\nbreak',
      '-rf',
      'per%cent',
      'back\\slash',
      ' ',
      '.hidden/x',
    ];
    await files(...odd);
    await refer(...odd, 'missing\nline \u202e');
    const warning = await warningOf(QUERY);
    expect(warning).toMatch(/^1 of the 10 files/);
    expect(warning).toContain(pathDigest('missing\nline \u202e'));
    expect(warning).not.toContain('missing');
  });

  it('takes a path in any spelling of the same place, and none outside of the filestore', async () => {
    await files('sub/one');
    await refer('./sub/one', 'sub//one', 'sub/x/../one');
    await scratch.file('outside');
    await refer('../outside', scratch.path('outside'), '/sub/one');
    expect(await warningOf(QUERY)).toMatch(/^3 of the 4 files/);
  });

  it('takes a link for a file, and a directory for none', async () => {
    await mkdir(scratch.path('store', 'directory'));
    await symlink('nowhere', scratch.path('store', 'link'));
    await refer('link', 'directory');
    expect(await warningOf(QUERY)).toMatch(new RegExp(`^1 of the 2 files .* ${pathDigest('directory')}`));
  });

  it("finds tables by the role's own search path, and refuses to see less than all rows", async () => {
    await files('one');
    await refer('one', 'gone');
    await sql(`CREATE SCHEMA app; ALTER TABLE attachment SET SCHEMA app;
      ALTER ROLE "${database.address.user}" IN DATABASE "${database.address.database}" SET search_path = app`);
    expect(await warningOf(QUERY)).toContain(pathDigest('gone'));
    await sql(`ALTER TABLE app.attachment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY chosen ON app.attachment USING (name = 'one')`);
    // The rows themselves could not be read either.
    await expect(take({ query: QUERY, onDangling: 'warn' })).rejects.toThrow(/row-level security/);
  });
});
