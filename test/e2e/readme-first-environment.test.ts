import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, vi } from 'vitest';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { drawnTests } from '../harness/drawn-tests.js';
import { freePort } from '../harness/free-port.js';
import { ROOT, blocksOf, session } from './page-commands.js';

/** What is done to the environment between the snapshot and the rollback. */
const MISHAP = 'mishap';

vi.setConfig({ testTimeout: 120_000 });
/** A whole service each time. */
const scenario = drawnTests(1, { of: 2 });

/** How many steps it takes until the ways part: what is yours, and the service. */
const COMMON = 2;

let place: string;
let database: TestDatabase;
let files: string;
/** The blocks of shell: those with the command line, and those with curl in place of all but the common ones. */
let steps: { commandLine: string[]; curl: string[] };

beforeAll(async () => {
  ensureTools('curl', 'jq');
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const section = /^## Your first own environment$([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
  const [commandLine = [], curl = []] = section.split('### With curl alone').map(blocksOf);
  steps = { commandLine, curl: [...commandLine.slice(0, COMMON), ...curl] };
});
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'snapback-test-readme-'));
  // PostgreSQL's own user has to pass: otherwise its cluster lies elsewhere, and stays.
  await chmod(place, 0o755);
  database = await createTestDatabase();
  await query(database.address, 'CREATE TABLE orders AS SELECT n FROM generate_series(1, 1000) n');
  files = join(place, 'shop', 'files');
  await mkdir(files, { recursive: true });
  await writeFile(join(files, 'invoice.txt'), 'as it was\n');
});
afterEach(async () => {
  await database.drop();
  await rm(place, { recursive: true, force: true });
});

/** What the first step says, and all that has to be said. */
function whatIsYours(): Record<string, string> {
  const { host, port, database: name, user, password } = database.address;
  const values = {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: name,
    PGUSER: user,
    PGPASSWORD: password,
    FILES: files,
  };
  expect([...steps.commandLine[0]!.matchAll(/(\w+)=/g)].map(([, variable]) => variable)).toEqual(Object.keys(values));
  return values;
}

/** All but the first step; the environment is broken before the last. */
async function follow(blocks: readonly string[]) {
  const script = [
    ...blocks.slice(1, -1).map((step) => step.replace('> snapback.log', `> ${place}/snapback.log`)),
    MISHAP,
    ...blocks.slice(-1),
  ].join('\n');
  const mishap = `${MISHAP}() { psql -qc 'DROP TABLE orders' && rm "$FILES/invoice.txt"; }\n`;
  const port = await freePort();
  const variables = { ...whatIsYours(), DATA_DIR: join(place, 'data'), PORT: String(port), HOME: place };
  const ended = await session(mishap + script, variables);
  // Whoever ends `npm start` ends the service.
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
  return ended;
}

describe('README, followed step by step', () => {
  scenario(
    'registers an environment of one’s own, takes a snapshot of it, rolls it back, and undoes that',
    async () => {
      const [rollback, undo, ...rest] = steps.commandLine.at(-1)!.trim().split('\n');
      expect(rest).toEqual([]);
      // Nobody is there to be asked, which "--yes" is for; and what was there is looked at in between.
      const looked = `psql -Atc 'SELECT count(*) FROM orders'; cat "$FILES/invoice.txt"`;
      const last = `${rollback} --yes\n${looked}\n${undo} --yes\n`;

      const { code, output } = await follow([...steps.commandLine.slice(0, -1), last]);

      expect([code, output]).toEqual([0, expect.stringContaining('1000\nas it was\n')]);
      expect(output).toMatch(/The snapshot \w{8} of production \(the first one\) is completed/);
      expect(output.match(/^production is rolled back in/gm)).toHaveLength(2);
      const [table] = await query<{ orders: string | null }>(
        database.address,
        "SELECT to_regclass('orders')::text AS orders",
      );
      expect(table).toEqual({ orders: null });
    },
  );

  scenario('does the same with curl alone', async () => {
    const { code, output } = await follow(steps.curl);

    expect([code, output]).toEqual([0, expect.stringMatching(/"allowed": true/)]);
    expect(output.match(/^100 % {2}completed$/gm)).toHaveLength(2);
    expect(await query(database.address, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1000 }]);
    expect(await readFile(join(files, 'invoice.txt'), 'utf8')).toBe('as it was\n');
  });
});
