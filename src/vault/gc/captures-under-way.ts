import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LEASE_MS, startOfCapture } from '../capture-lease.js';
import type { ProjectLayout } from '../project-layout.js';
import { unlessMissing } from '../storage-error.js';

const EXPIRED = '.expired';

/**
 * The captures that can still publish. Complete: a capture's directory is there from before its first
 * chunk until after its manifest is published.
 */
export async function listCaptures(layout: ProjectLayout): Promise<string[]> {
  const names = (await unlessMissing(readdir(layout.incoming))) ?? [];
  return names.filter((name) => !name.endsWith(EXPIRED));
}

/** When the oldest of these captures began (milliseconds); Infinity when there is none. */
export function oldestStart(captures: readonly string[]): number {
  return Math.min(...captures.map((capture) => startOfCapture(capture) ?? 0));
}

/**
 * Ends the captures whose lease has run out, and removes what they left. The rename comes first: it is
 * what takes a capture that is not dead after all the power to publish.
 */
export async function expireDeadCaptures(layout: ProjectLayout, now: number): Promise<void> {
  for (const capture of await listCaptures(layout)) {
    const directory = join(layout.incoming, capture);
    const stats = await unlessMissing(stat(directory));
    if (stats === undefined || now - stats.mtimeMs < LEASE_MS) continue;
    await unlessMissing(rename(directory, directory + EXPIRED));
  }
  // Also those that an earlier collection had renamed and could not remove.
  for (const name of (await unlessMissing(readdir(layout.incoming))) ?? []) {
    if (name.endsWith(EXPIRED)) await rm(join(layout.incoming, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
