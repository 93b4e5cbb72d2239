import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

const HOSTILE = 'two\nlines \u202e\x1b[31m.txt';

let service: TestService;
let place: TestEnvironment;
let before: string;
let after: string;
let snapback: CommandLine;

const sql = (text: string) => query(place.database.address, text);
const compare = (...words: string[]) => snapback.run(['snapshot', 'compare', ...words]);

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 10 });
  await sql(`CREATE TABLE gone (id int); INSERT INTO gone VALUES (1), (2);
    CREATE TABLE other_columns (id int, was int); INSERT INTO other_columns VALUES (1, 1);
    CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'`);
  ({ id: before } = await takeSnapshot(client, place.environment.id, { label: 'before 17.0' }));
  await sql(`DELETE FROM items WHERE id <= 3; UPDATE items SET name = 'other' WHERE id = 50; DROP TABLE gone;
    ALTER TABLE other_columns DROP COLUMN was;
    CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS E'SELECT n + n -- \\x1b[2J'`);
  await appendFile(join(place.filestorePath, 'a.txt'), 'more');
  await writeFile(join(place.filestorePath, HOSTILE), 'hostile');
  await rm(join(place.filestorePath, 'empty'));
  ({ id: after } = await takeSnapshot(client, place.environment.id));
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

describe('a comparison of two snapshots', () => {
  it('is with the newest one unless told, and counts what has changed', async () => {
    const { code, out, err } = await compare('before 17.0');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [from, to, definitions, tables, files, ...more] = out.trimEnd().split('\n');
    expect(from).toMatch(new RegExp(`^from +the snapshot ${before.slice(0, 8)}, before 17\\.0, taken \\S+ \\(.*\\)$`));
    expect(to).toMatch(new RegExp(`^to +the snapshot ${after.slice(0, 8)}, taken `));
    expect(definitions).toMatch(/^definitions +1 removed, 2 changed, \d+ the same$/);
    expect(tables).toMatch(/^tables +1 removed, 2 changed$/);
    expect(files).toMatch(/^files +1 added, 1 removed, 1 changed, \d+ the same; content \+17 B -6 B$/);
    expect(more).toEqual([]);
  });

  it('lists definitions with diffs, tables with rows and files as git does, with nothing that a terminal interprets', async () => {
    const { out, err } = await compare(before, after, '--all');
    expect(err).toBe('');
    const lines = out.split('\n');
    expect(lines.slice(lines.indexOf('Definitions:'))).toEqual(
      expect.arrayContaining([
        'M function public.twice(integer)',
        '-source: SELECT n * 2',
        String.raw`+source: "SELECT n + n -- \e[2J"`,
        'D table public.gone',
        'M public.items          -3 ~1',
        'D public.gone           -2',
        'M public.other_columns  some parts',
        'M a.txt  (content: 6 B → 10 B, time)',
        'D empty',
        String.raw`A two\x0alines \u202e\x1b[31m.txt`,
      ]),
    );
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(out).not.toMatch(/[\x1b\u202e]/);
    const cut = await compare(before, '--files', '--limit', '1');
    expect([cut.out.split('\n').slice(5, 8), cut.err]).toEqual([
      ['', 'Files:', 'M a.txt  (content: 6 B → 10 B, time)'],
      expect.stringMatching(/^Files: 1 line of \d+\+?; see more of them with --limit\.\n$/),
    ]);
  });

  it('has colours at a terminal, unless somebody wants none', async () => {
    const seen = async (args: string[], env = {}) => {
      const session = snapback.terminal(['snapshot', 'compare', before, '--definitions', ...args], { env });
      expect(await session.ended).toBe(0);
      return session.raw;
    };
    expect(await seen([])).toContain('\x1b[31m-source: SELECT n * 2\x1b[39m');
    expect(await seen(['--no-color'])).not.toContain('\x1b');
    expect(await seen([], { NO_COLOR: '1' })).not.toContain('\x1b');
  });

  it('is for programs what the service says, with the lists that were asked for', async () => {
    const { out } = await compare(before, '--tables', '--output', 'json');
    const { tableChanges, ...counts } = JSON.parse(out) as { tableChanges: object[] };
    expect(counts).toMatchObject({ snapshotId: before, withSnapshotId: after, tables: { removedCount: 1 } });
    expect(Object.keys(counts)).not.toContain('fileChanges');
    expect(tableChanges).toHaveLength(3);
    expect((await compare(before, '--tables', '--quiet')).out).toBe(
      'public.gone\npublic.items\npublic.other_columns\n',
    );
  });

  it('exits with 1 when something is not the same and that was asked for', async () => {
    const codes = async (...words: string[]) => (await compare(...words)).code;
    expect(await codes(before, after, '--exit-code')).toBe(1);
    expect(await codes(after, after, '--exit-code')).toBe(0);
    // Nobody takes the newest for news.
    expect(await compare('latest')).toMatchObject({
      code: 2,
      err: expect.stringContaining('is the newest snapshot of'),
    });
    expect(await codes(before, after, '--live')).toBe(2);
    expect(await codes(before, 'nothing', '--exit-code')).toBe(3);
  });
});

describe('a comparison with what is there now', () => {
  it('takes a snapshot for that', async () => {
    const same = await compare('latest', '--live', '--exit-code');
    expect([same.code, same.out]).toEqual([0, expect.stringMatching(/^to .*, for a comparison, taken .*\n/m)]);
    // The same rows, elsewhere.
    await sql('UPDATE items SET name = name WHERE id < 60');
    const moved = await compare(after, '--live', '--tables', '--exit-code');
    expect([moved.code, moved.err]).toEqual([0, expect.stringContaining('No row of a table has changed')]);
    await sql(`INSERT INTO items VALUES (101, 'new')`);
    const { code, out } = await compare(after, '--live', '--exit-code', '--output', 'json');
    expect([code, JSON.parse(out)]).toEqual([1, expect.objectContaining({ snapshotId: after })]);
    const list = await snapback.run(['snapshot', 'list', '--output', 'json']);
    const [taken] = JSON.parse(list.out) as { label: string; type: string }[];
    expect(taken).toMatchObject({ label: 'for a comparison', type: 'differential' });
  });
});

describe('the plan of a rollback', () => {
  const plan = (words: string[], env = {}) => snapback.run(['rollback', 'plan', ...words], { env });

  it('counts what would be lost, compared with the newest snapshot', async () => {
    const { code, out } = await plan([before]);
    expect(code).toBe(0);
    const newest = (
      JSON.parse((await snapback.run(['snapshot', 'list', '--output', 'json'])).out) as { id: string }[]
    )[0]!;
    const [, rest] = out.split(/\nWhat .+ loses and gets back, /);
    expect(rest).toMatch(new RegExp(`^compared with the snapshot ${newest.id.slice(0, 8)} of \\S+ \\(.*\\):\n`));
    expect(rest).toMatch(/\n {2}definitions +1 brought back, 2 replaced\n {2}tables +1 brought back, 2 replaced\n/);
    expect(rest).toMatch(/\n {2}files +1 lost, 1 brought back, 1 replaced; 17 B of content lost\n$/);
    expect(await plan([newest.id])).not.toMatchObject({ out: expect.stringContaining('compared with') });
    const same = await compare('latest', '--live', '--quiet');
    expect(same.code).toBe(0);
    expect((await plan([newest.id])).out).toMatch(/\nNothing is lost, compared with the snapshot \w{8} of .*\.\n$/);
  });

  it('is for programs the plan alone', async () => {
    const { out } = await plan([before, '--output', 'json']);
    expect(Object.keys(JSON.parse(out) as object)).not.toContain('comparison');
  });

  it('is shown without that where the service compares nothing', async () => {
    const older = createServer(async (request, response) => {
      const { url = '', headers, method } = request;
      const sent = Buffer.concat(await request.toArray());
      const {
        host: _host,
        connection: _connection,
        'content-length': _length,
        ...kept
      } = headers as Record<string, string>;
      const path = url.includes('/compare') ? '/api/v1/nothing-of-it' : url;
      const answer = await fetch(`${service.url}${path}`, {
        ...{ method: method!, headers: kept },
        ...(sent.length > 0 && { body: sent }),
      });
      response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type')! });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => older.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(older.address() as AddressInfo).port}`;
    try {
      const { code, out, err } = await plan([before], { SNAPBACK_URL: url });
      expect([code, out, err]).toEqual([0, expect.not.stringContaining('compared with'), '']);
    } finally {
      older.closeAllConnections();
      older.close();
    }
  });

  it('has no such counts when the newest snapshot is of a state that was swapped out since', async () => {
    const ran = await snapback.run(['rollback', 'run', before, '--yes', '--wait', '--no-safety-snapshot']);
    expect([ran.code, ran.out]).toEqual([0, expect.not.stringContaining('compared with')]);
    expect(await plan([after])).toMatchObject({ code: 0, out: expect.not.stringContaining('compared with') });
  });
});
