import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** One comparison; every other figure is the bench's own. `ratio` above 1 means Snapback is better; null without a peer. */
export interface BenchCase {
  case: string;
  ratio: number | null;
  [figure: string]: unknown;
}

/** Writes `bench/results/<name>.json`, in the form all benches share. `more` is about the whole run, not about a case. */
export async function writeResults(
  name: string,
  runs: number,
  cases: BenchCase[],
  more: Record<string, unknown> = {},
): Promise<void> {
  const directory = join('bench', 'results');
  await mkdir(directory, { recursive: true });
  const result = {
    name,
    date: new Date().toISOString(),
    cores: cpus().length,
    node: process.version,
    runs,
    cases,
    ...more,
  };
  await writeFile(join(directory, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
