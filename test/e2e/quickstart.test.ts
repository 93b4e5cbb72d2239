import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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
  expect(stdout).toMatch(/^Look around\n {2}console {6}http:\/\/127\.0\.0\.1:\d+\/#sign-in=[\w-]{43} /m);
  expect(await readdir(place)).toEqual([]);
  expect(notIn(stdout, await tourInReadme())).toEqual([]);
}, 120_000);

async function tourInReadme(): Promise<string[]> {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const shown = /^## The tour$[\s\S]*?^```text\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';
  const lines = shown.split('\n').filter((line) => line !== '');
  if (lines.length < 10) throw new Error('README shows no tour.');
  return lines;
}

/** The lines that do not stand in a text in this order, whatever the figures. */
function notIn(text: string, lines: readonly string[]): string[] {
  const figuresAside = (line: string) => line.replaceAll(/[\d.,]*\d (ms|s)\b/g, 'a time').replaceAll(/[\d.,]*\d/g, 'n');
  const rest = text.split('\n').map(figuresAside);
  return lines.filter((line) => {
    const at = rest.indexOf(figuresAside(line));
    if (at >= 0) rest.splice(0, at + 1);
    return at < 0;
  });
}
