import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { freePort } from '../harness/free-port.js';
import { ROOT, filledIn, sectionsOf, session, typed } from './page-commands.js';

const PAGE = await readFile(join(ROOT, 'docs', 'start.md'), 'utf8');
const QUICKSTART_MS = 240_000;

let place: string;
beforeAll(async () => {
  ensureTools('curl');
  place = await mkdtemp(join(tmpdir(), 'snapback-test-start-'));
  // PostgreSQL's own user has to pass: otherwise its cluster lies elsewhere, and stays.
  await chmod(place, 0o755);
});
afterAll(() => rm(place, { recursive: true, force: true }));

function blocksBelow(title: string): string[] {
  return sectionsOf(PAGE).find((section) => section.title === title)?.blocks ?? [];
}

/** Nobody is there to be asked. */
const agreed = (commands: string): string =>
  commands.replaceAll(/^(npx snapback rollback (?:run|undo) .*)$/gm, '$1 --yes');

describe('docs/start.md, followed step by step', () => {
  it('shows the sample broken and rolled back, and lets one roll it back oneself', async () => {
    const [show, tryIt, ...rest] = blocksBelow('See it work');
    expect(rest).toEqual([]);
    // What `npm ci` does is done: this runs from it.
    const commands = filledIn(show!, [['npm ci\n', '']]).trim();
    const env = {
      PATH: process.env['PATH'],
      HOME: place,
      DATA_DIR: join(place, 'sample'),
      PORT: String(await freePort()),
    };
    const quickstart = spawn('bash', ['-c', `exec ${commands}`], { cwd: ROOT, env });
    let said = '';
    for (const stream of [quickstart.stdout, quickstart.stderr])
      stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const ended = new Promise((resolve) => quickstart.once('close', resolve));
    try {
      for (const begun = Date.now(); !/^ *or +SNAPBACK_URL=/m.test(said); await sleep(100)) {
        if (quickstart.exitCode !== null || Date.now() - begun > QUICKSTART_MS) throw new Error(said);
      }
      const [, token] = /^ *token +(\S+)$/m.exec(said)!;
      const typedThere = filledIn(agreed(tryIt!), [
        ['SNAPBACK_URL=http://127.0.0.1:3000', `SNAPBACK_URL=http://127.0.0.1:${env.PORT}`],
        ['SNAPBACK_TOKEN=eyJ…', `SNAPBACK_TOKEN=${token}`],
      ]);
      const answer = await typed(typedThere, { env: { PATH: env.PATH, HOME: place }, told: tryIt! });
      expect(answer.match(/^production is rolled back in/gm)).toHaveLength(2);
    } finally {
      quickstart.kill('SIGINT');
      await ended;
    }
    expect(said.match(/identical: every table, sequence, definition and file/g)).toHaveLength(2);
  }, 400_000);

  describe('with an environment of one’s own', () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createTestDatabase();
      await query(database.address, 'CREATE TABLE orders AS SELECT n FROM generate_series(1, 1000) n');
    });
    afterAll(() => database.drop());

    it('takes a snapshot, rolls back what was broken, and undoes that', async () => {
      const files = join(place, 'shop', 'files');
      await mkdir(files, { recursive: true });
      await writeFile(join(files, 'invoice.txt'), 'as it was\n');
      const { host, port, database: name, user, password } = database.address;
      const [yours, ...steps] = blocksBelow('Now your own');
      const said = filledIn(yours!, [
        ['PGHOST=localhost PGPORT=5432', `PGHOST=${host} PGPORT=${port}`],
        ['PGDATABASE=shop PGUSER=shop PGPASSWORD=a-secret', `PGDATABASE=${name} PGUSER=${user} PGPASSWORD=${password}`],
        ['FILES=/srv/shop/files', `FILES=${files}`],
      ]);
      const look = `psql -Atc "SELECT 'orders: ' || count(*) FROM orders" || true; cat "$FILES/invoice.txt" || true`;
      const rest = filledIn(agreed(steps.join('\n')), [['> snapback.log', `> ${place}/snapback.log`]]);
      const [before, rollback] = rest.split(/^(?=npx snapback rollback run )/m);
      const [run, undo] = rollback!.split(/^(?=npx snapback rollback undo )/m);
      const mishap = `psql -qc 'DROP TABLE orders' && rm "$FILES/invoice.txt"`;
      const script = [said, before, mishap, run, look, undo, 'echo undone', look].join('\n');

      const { code, output } = await session(script, { HOME: place, PORT: String(await freePort()) });

      expect([code, output]).toEqual([0, expect.stringContaining('orders: 1000\nas it was\n')]);
      expect(output.match(/^production is rolled back in/gm)).toHaveLength(2);
      // What was broken is broken again.
      expect(output.slice(output.indexOf('\nundone\n'))).not.toMatch(/orders: \d|as it was/);
    }, 240_000);
  });
});
