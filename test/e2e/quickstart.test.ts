import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const place = await mkdtemp(join(tmpdir(), 'snapback-test-quickstart-'));
// PostgreSQL's own user has to pass.
await chmod(place, 0o755);
afterAll(() => rm(place, { recursive: true, force: true }));

it('the tour brings everything back twice, the second time by a standby, and leaves nothing', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/quickstart/main.js', '--once'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: place },
    timeout: 110_000,
  });
  expect(stdout.match(/identical: every table, sequence, definition and file/g)).toHaveLength(2);
  expect(stdout).toMatch(/down for \d+ ms, [\d.]+ m?s in all, from the plan to the end/);
  expect(await readdir(place)).toEqual([]);
}, 120_000);
