import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOCK_TICK_MS } from '../reading/file-state.js';
import { scanFilestore } from './scan-filestore.js';
import type { ScannedEntry } from './scanned-entry.js';

const WORDS = 4;
const WORD_BYTES = 4;

/**
 * What lies in a directory, without reading a file: 128 bits that become others when anything is made, removed, renamed, written or
 * given other attributes, since the kernel stamps each change of a file (ctime), whatever the one who makes it wishes; also when the
 * clock was set back meanwhile. It does not depend on what the directory is called. Not to be taken before `isSettled`.
 *
 * The sum of one hash an entry, because entries come in no order; see `RowSetHash` for whose idea that is. Rejects as `scanFilestore` does.
 */
export async function sealOf(directory: string, signal: AbortSignal): Promise<string> {
  return (await sealsOf(directory, () => true, signal)).all;
}

/** The same, and that of the entries that are to stay as they are, of one scan. */
export async function sealsOf(
  directory: string,
  stays: (entry: ScannedEntry) => boolean,
  signal: AbortSignal,
): Promise<{ all: string; staying: string }> {
  const [all, staying] = [new Seal(), new Seal()];
  for await (const batch of scanFilestore(directory, { signal })) {
    for (const entry of batch) {
      const digest = hash('sha256', `${entry.path.toString('latin1')}\0${stateOf(entry)}`, 'buffer');
      all.add(digest);
      if (stays(entry)) staying.add(digest);
    }
  }
  return { all: String(all), staying: String(staying) };
}

class Seal {
  private readonly sums = new Uint32Array(WORDS);
  private entries = 0;

  add(digest: Buffer): void {
    this.entries += 1;
    for (let word = 0; word < WORDS; word += 1) this.sums[word]! += digest.readUInt32LE(word * WORD_BYTES);
  }

  toString(): string {
    return [this.entries, ...Array.from(this.sums, (sum) => sum.toString(16).padStart(2 * WORD_BYTES, '0'))].join('-');
  }
}

/** Afterwards no change can have the time of one that was made before. */
export async function isSettled(signal: AbortSignal): Promise<void> {
  await sleep(2 * CLOCK_TICK_MS, undefined, { signal });
}

/** Of a directory or a link this is all there is to it. */
function stateOf(entry: ScannedEntry): string {
  const { kind, mode, uid, gid, mtimeNs } = entry;
  const common = `${kind} ${mode} ${uid} ${gid} ${mtimeNs}`;
  if (kind === 'file') return `${common} ${entry.size} ${entry.links} ${entry.ctimeNs} ${entry.inode}`;
  if (kind === 'symlink') return `${common} ${entry.target.toString('latin1')}`;
  return kind === 'special' ? `${common} ${entry.type}` : common;
}
