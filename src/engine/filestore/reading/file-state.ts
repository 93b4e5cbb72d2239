import type { BigIntStats } from 'node:fs';
import type { FileIdentity } from '../../../vault/manifests/manifest.js';

/**
 * File systems stamp changes by the kernel's tick, 1 to 10 ms (Linux before 6.13, and some since): a file
 * changed within the last tick can change again without its times telling.
 */
export const CLOCK_TICK_MS = 20;

/**
 * A file that was changed so recently when it was read has no identity: a second change within the same tick of the
 * clock that stamps it, which may be a file server's and not quite ours, would leave all of it as it is. Git calls such
 * entries racy. (Writes through a shared memory mapping are stamped up to half a minute late, whatever one does.)
 */
export const RACY_MS = 2_000;

/**
 * What a later differential may know a content by that was read from `begun` on (milliseconds since 1970); undefined
 * where that would not be safe.
 */
export function fileIdentityOf(ctimeNs: bigint, inode: bigint, begun: number): FileIdentity | undefined {
  if (begun - Number(ctimeNs / 1_000_000n) <= RACY_MS) return undefined;
  return { ctimeNs: String(ctimeNs), inode: String(inode) };
}

/** The handle stays on one inode, but a file that another one was renamed over changes its change time. */
export function sameState(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino;
}
