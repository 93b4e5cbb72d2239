import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from './faults.js';

const LIST = join(import.meta.dirname, '..', '..', 'sdk', 'conformance', 'cases.json');

/** The names of all cases, in the order of the list. */
export function listedCases(): string[] {
  const list = JSON.parse(readFileSync(LIST, 'utf8')) as { case: string }[];
  return list.map(({ case: name }) => name);
}

/**
 * What is wrong with the lines that a program has printed, a sentence each: a case that is missing or unknown, one that is not `ok`, a line that is none.
 * A program that runs a case in several ways, as for clients of two kinds, prints it that often.
 */
export function faultsOfLines(output: string, cases: readonly string[] = listedCases()): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const line of output.split('\n').filter((line) => line.trim() !== '')) {
    const said = parsed(line);
    if (said === undefined || typeof said['case'] !== 'string') {
      faults.push(`This is no line of a case: ${line}`);
      continue;
    }
    const { case: name, ok, detail } = said;
    seen.add(name);
    if (!cases.includes(name)) faults.push(`${name} is not on the list.`);
    else if (ok !== true) faults.push(`${name}: ${String(detail)}`);
  }
  return [...faults, ...cases.filter((name) => !seen.has(name)).map((name) => `${name} was not run.`)];
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
