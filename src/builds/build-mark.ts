import { createHash } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import { processIdentity } from '../database/embedded/process-identity.js';

/** Where the processes that run from a build leave their marks, below its directory. */
export const MARKS = 'running';

/** How often a process says again that it runs. */
export const MARK_AGAIN_MS = 60 * 60_000;

/** The name of a process's mark: tells it from every other process, of other containers and boots, too. */
export interface BuildMark {
  /** Which set of process ids it belongs to: the same pid in another container is somebody else. */
  place: string;
  pid: number;
  /** When and in which boot it was started. */
  identity: string;
}

export function markName({ place, pid, identity }: BuildMark): string {
  return `${place}-${pid}-${identity}`;
}

/** Nothing for what is no mark. */
export function parseMarkName(name: string): BuildMark | undefined {
  const [, place, pid, identity] = /^([0-9a-f]{16})-(\d+)-([0-9a-f]{16})$/.exec(name) ?? [];
  return place === undefined || identity === undefined ? undefined : { place, pid: Number(pid), identity };
}

/** The mark that a living process has or would have, as this process sees it; nothing when there is no such process. */
export async function markOf(pid: number): Promise<BuildMark | undefined> {
  const identity = await processIdentity(pid);
  if (identity === undefined) return undefined;
  const place = await readlink('/proc/self/ns/pid').catch(() => 'one machine');
  // The identity begins with the boot, where there is one to be read: two machines that share a directory differ in it.
  return { place: short(`${place} ${identity.split(' ')[0]}`), pid, identity: short(identity) };
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
