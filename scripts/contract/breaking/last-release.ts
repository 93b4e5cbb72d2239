import { readdirSync } from 'node:fs';

const RELEASE = /^(\d+)\.(\d+)\.(\d+)\.yaml$/;

/** The file of the newest release whose contract lies in a directory. Throws when there is none. */
export function lastRelease(directory: string): string {
  const files = readdirSync(directory).filter((name) => RELEASE.test(name));
  const newest = files.toSorted((a, b) => compare(numbers(a), numbers(b))).at(-1);
  if (newest === undefined) throw new Error(`No contract of a release lies in ${directory}.`);
  return newest;
}

function numbers(file: string): number[] {
  return RELEASE.exec(file)!.slice(1).map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((number, at) => number !== b[at]);
  return differs === -1 ? 0 : a[differs]! - b[differs]!;
}
