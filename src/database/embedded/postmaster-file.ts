import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a server writes about itself into its data directory. */
export interface PostmasterFile {
  pid: number;
  ready: boolean;
}

/** `undefined` when no server says that it runs in this data directory. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(postmasterFile(cluster), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined;
}

export function postmasterFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
