import { setTimeout as sleep } from 'node:timers/promises';
import { CLOCK_TICK_MS } from '../reading/file-state.js';
import { scanFilestore, sealFilestore } from './scan-filestore.js';
import type { ScannedEntry } from './scanned-entry.js';
import { Seal } from './seal.js';

/**
 * What lies in a directory, without reading a file: it becomes another one when anything is made, removed, renamed, written or
 * given other attributes, since the kernel stamps each change of a file (ctime), whatever the one who makes it wishes; also when the
 * clock was set back meanwhile. It does not depend on what the directory is called. Not to be taken before `isSettled`. Those of the
 * same state are equal when one was made `like` the other. Rejects as `scanFilestore` does.
 */
export async function sealOf(directory: string, signal: AbortSignal, like?: string): Promise<string> {
  const seal = Seal.new(like);
  await sealFilestore(directory, seal, signal);
  return String(seal);
}

/** The same, and that of the entries that are to stay as they are, of one scan. */
export async function sealsOf(
  directory: string,
  stays: (entry: ScannedEntry) => boolean,
  signal: AbortSignal,
  like: string,
): Promise<{ all: string; staying: string }> {
  const [all, staying] = [Seal.new(like), Seal.new(like)];
  for await (const batch of scanFilestore(directory, { signal })) {
    for (const entry of batch) {
      all.add(entry);
      if (stays(entry)) staying.add(entry);
    }
  }
  return { all: String(all), staying: String(staying) };
}

/** Afterwards no change can have the time of one that was made before. */
export async function isSettled(signal: AbortSignal): Promise<void> {
  await sleep(2 * CLOCK_TICK_MS, undefined, { signal });
}
