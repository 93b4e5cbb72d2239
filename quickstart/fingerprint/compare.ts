import type { TableFingerprint } from './database.js';
import type { Fingerprint } from './fingerprint.js';
import type { FileFingerprint } from './tree.js';

/** More sentences than these are counted, not written. */
export const MAX_SENTENCES = 20;

/**
 * What is different in `after`, in sentences; empty when nothing is. At most `MAX_SENTENCES` of them and
 * one that says how many more there are.
 */
export function compareFingerprints(before: Fingerprint, after: Fingerprint): string[] {
  const [old, now] = [before.database, after.database];
  const differences = [
    ...differing(old.properties, now.properties, (name, a, b) => `The database's ${name} ${stateChange(a, b)}.`),
    ...differing(old.definitions, now.definitions, (name, a, b) => `The definition "${name}" ${presence(a, b)}.`),
    ...differing(old.tables, now.tables, (name, a, b) => `The table ${name} ${rowsChange(a, b)}.`),
    ...differing(old.sequences, now.sequences, (name, a, b) => `The sequence ${name} ${stateChange(a, b)}.`),
    ...differing(old.largeObjects, now.largeObjects, (id, a, b) => `The large object ${id} ${presence(a, b)}.`),
    ...differing(leaves(before), leaves(after), fileSentence),
    // A directory's time changes with every file that comes or goes: said last, it hides nothing.
    ...differing(directories(before), directories(after), fileSentence),
  ];
  const rest = differences.length - MAX_SENTENCES;
  if (rest <= 0) return differences;
  return [...differences.slice(0, MAX_SENTENCES), `There are ${rest} more differences.`];
}

function differing<T>(
  before: Map<string, T>,
  after: Map<string, T>,
  sentence: (name: string, before: T | undefined, after: T | undefined) => string,
): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)))
    .toSorted()
    .map((name) => sentence(name, before.get(name), after.get(name)));
}

function leaves({ files }: Fingerprint): Map<string, FileFingerprint> {
  return new Map([...files].filter(([, file]) => file.kind !== 'directory'));
}

function directories({ files }: Fingerprint): Map<string, FileFingerprint> {
  return new Map([...files].filter(([, file]) => file.kind === 'directory'));
}

function presence(before: unknown, after: unknown): string {
  if (before === undefined) return 'is new';
  return after === undefined ? 'is missing' : 'has changed';
}

function stateChange(before: string | undefined, after: string | undefined): string {
  if (before === undefined || after === undefined) return presence(before, after);
  return `changed from "${before}" to "${after}"`;
}

function rowsChange(before: TableFingerprint | undefined, after: TableFingerprint | undefined): string {
  if (!before || !after) return presence(before, after);
  if (before.rows !== after.rows) return `had ${before.rows} rows and has ${after.rows}`;
  return `still has ${after.rows} rows, and at least one of them has changed`;
}

function fileSentence(path: string, before: FileFingerprint | undefined, after: FileFingerprint | undefined): string {
  return `The ${(after ?? before)?.kind} ${path} ${fileChange(before, after)}.`;
}

function fileChange(before: FileFingerprint | undefined, after: FileFingerprint | undefined): string {
  if (!before || !after) return presence(before, after);
  if (before.kind !== after.kind) return `was a ${before.kind}`;
  if (before.sha256 !== after.sha256) return 'has changed its content';
  if (before.mode !== after.mode) return `had the mode ${before.mode} and has ${after.mode}`;
  return `was modified at ${time(before.mtimeNs)} and is said to have been at ${time(after.mtimeNs)}`;
}

function time(ns: string): string {
  return `${new Date(Number(BigInt(ns) / 1_000_000n)).toISOString()} (${ns} ns)`;
}
