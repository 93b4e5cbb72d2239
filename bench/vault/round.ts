import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dataset } from '../dataset/dataset.js';
import type { Contender } from './contender.js';
import { runProgram } from '../machine/program.js';

/**
 * Files written less than two seconds ago are read with more care, by those that care, since they may be written again
 * without their times telling. In use nearly all are older.
 */
const SETTLED_MS = 3_000;

export const CASES = ['full', 'unchanged', 'changed', 'restore'] as const;
export type CaseName = (typeof CASES)[number];

export interface Measurement {
  case: CaseName;
  contender: string;
  seconds: number;
  /** The repository's size when the case is over. */
  storedBytes: number;
}

export interface RoundOptions {
  dataset: Dataset;
  contenders: readonly Contender[];
  /**
   * What the round makes. It stays until all is measured: ext4 passes over the inodes of files that were removed in the last five minutes, one
   * by one, and whoever makes files after that pays for it.
   */
  directory: string;
  /** Brings the machine to the state in which everybody begins. */
  settle: () => Promise<void>;
  signal: AbortSignal;
}

/**
 * Every case once, by each contender in turn, in the order they are given: all store the same directory, under the
 * same path, and none has it to itself for longer. Rejects when what one restores is not what it was given.
 */
export async function runRound(options: RoundOptions): Promise<Measurement[]> {
  const { dataset, contenders, directory: round, signal } = options;
  const live = join(round, 'filestore');
  for (const { name } of contenders) await mkdir(join(round, name), { recursive: true });
  await copy(dataset.base, live, signal);
  for (const contender of contenders) await contender.begin(join(round, contender.name));
  await sleep(SETTLED_MS, undefined, { signal });
  const full = await each('full', options, (contender) => contender.capture(live));
  const unchanged = await each('unchanged', options, (contender) => contender.capture(live));
  await copy(dataset.changes, live, signal);
  await sleep(SETTLED_MS, undefined, { signal });
  const changed = await each('changed', options, (contender) => contender.capture(live));
  const restore = await each('restore', options, (contender) => contender.restore(restored(round, contender)), {
    after: (contender) => compare(live, restored(round, contender), contender, signal),
  });
  return [...full, ...unchanged, ...changed, ...restore];
}

async function each(
  name: CaseName,
  { contenders, settle, signal }: RoundOptions,
  work: (contender: Contender) => Promise<void>,
  { after = async () => undefined }: { after?: (contender: Contender) => Promise<void> } = {},
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const contender of contenders) {
    signal.throwIfAborted();
    await settle();
    const begun = performance.now();
    await work(contender);
    const seconds = (performance.now() - begun) / 1000;
    console.log(`  ${name.padEnd(10)} ${contender.name.padEnd(12)} ${seconds.toFixed(2).padStart(7)} s`);
    await after(contender);
    measurements.push({ case: name, contender: contender.name, seconds, storedBytes: await contender.storedBytes() });
  }
  return measurements;
}

/** Modification times are kept: some recognise an unchanged file by them. */
async function copy(from: string, to: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await cp(from, to, { recursive: true, preserveTimestamps: true });
}

function restored(round: string, contender: Contender): string {
  return join(round, `restored by ${contender.name}`);
}

/** restic and borg put a directory back under its whole path. */
async function compare(live: string, target: string, contender: Contender, signal: AbortSignal): Promise<void> {
  const found = contender.restoresWholePath ? join(target, live) : target;
  await runProgram('diff', ['--recursive', '--brief', live, found], { signal }).catch((error: unknown) => {
    throw new Error(`${contender.name} has not restored what it was given.`, { cause: error });
  });
}
