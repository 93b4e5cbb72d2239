import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { freePort } from '../harness/free-port.js';

const ROOT = join(import.meta.dirname, '../..');
/** What is done to the environment between the snapshot and the rollback. */
const MISHAP = 'mishap';

let place: string;
let database: TestDatabase;
let steps: string[];

beforeAll(async () => {
  ensureTools('curl', 'jq');
  place = await mkdtemp(join(tmpdir(), 'snapback-test-readme-'));
  // PostgreSQL's own user has to pass: otherwise its cluster lies elsewhere, and stays.
  await chmod(place, 0o755);
  database = await createTestDatabase();
  await query(database.address, 'CREATE TABLE orders AS SELECT n FROM generate_series(1, 1000) n');
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const section = /^## Your first own environment$([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
  steps = [...section.matchAll(/^```bash\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
});
afterAll(async () => {
  await database.drop();
  await rm(place, { recursive: true, force: true });
});

/** Runs the steps as one session of a shell, and ends what they have left in the background. */
async function session(
  script: string,
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const shell = spawn('bash', ['-c', `set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n${script}`], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => shell.once('close', resolve));
  return { code, output };
}

describe('README, followed step by step', () => {
  it(
    'registers an environment of one’s own, takes a snapshot of it, and rolls it back',
    { timeout: 120_000 },
    async () => {
      const [yours = '', ...others] = steps;
      expect(others).toHaveLength(5);
      const files = join(place, 'shop', 'files');
      await mkdir(files, { recursive: true });
      await writeFile(join(files, 'invoice.txt'), 'as it was\n');
      const { host, port, database: name, user, password } = database.address;
      const values = {
        PGHOST: host,
        PGPORT: String(port),
        PGDATABASE: name,
        PGUSER: user,
        PGPASSWORD: password,
        FILES: files,
      };
      // Nothing else is to be said than what the first step says.
      expect([...yours.matchAll(/(\w+)=/g)].map(([, variable]) => variable)).toEqual(Object.keys(values));
      const script = [
        ...others.slice(0, -1).map((step) => step.replace('> snapback.log', `> ${place}/snapback.log`)),
        MISHAP,
        ...others.slice(-1),
      ].join('\n');
      const mishap = `${MISHAP}() { psql -qc 'DROP TABLE orders' && rm "$FILES/invoice.txt"; }\n`;

      const servicePort = await freePort();
      const { code, output } = await session(mishap + script, {
        ...values,
        DATA_DIR: join(place, 'data'),
        PORT: String(servicePort),
      });

      expect([code, output]).toEqual([0, expect.stringMatching(/"allowed": true/)]);
      // Whoever ends `npm start` ends the service.
      await expect(fetch(`http://127.0.0.1:${servicePort}/`)).rejects.toThrow('fetch failed');
      expect(output.match(/^100 % {2}completed$/gm)).toHaveLength(2);
      expect(await query(database.address, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1000 }]);
      expect(await readFile(join(files, 'invoice.txt'), 'utf8')).toBe('as it was\n');
    },
  );
});
