import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Where the commands of documents are typed. */
export const ROOT = join(import.meta.dirname, '..', '..');

export interface Section {
  title: string;
  /** What stands in it to be typed, block by block. */
  blocks: string[];
}

/** What a document tells people to type, by its headings of the second rank; what stands before the first of them comes first. */
export function sectionsOf(page: string): Section[] {
  return page.split(/^## /m).map((text) => ({ title: text.split('\n', 1)[0]!, blocks: blocksOf(text) }));
}

export function blocksOf(text: string): string[] {
  return [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** The commands with what is true here in place of what a document shows; it has to show it. */
export function filledIn(commands: string, values: readonly (readonly [shown: string, value: string])[]): string {
  return values.reduce((text, [shown, value]) => {
    expect(text).toContain(shown);
    return text.replace(shown, () => value);
  }, commands);
}

/** Types commands into a shell; what they print. Throws for the first that fails, with `told` of what was typed. */
export function typed(
  commands: string,
  { env, cwd = ROOT, told = commands }: { env: NodeJS.ProcessEnv; cwd?: string; told?: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['--norc', '-euo', 'pipefail', '-c', commands], { cwd, env }, (error, out, err) => {
      if (error === null) resolve(out + err);
      else reject(new Error(`${told}\nended with ${error.code}:\n${out}${err}`));
    });
  });
}

/** Runs commands as one session of a shell, and ends what they have left in the background. */
export async function session(
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
