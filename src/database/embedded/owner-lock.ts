import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { processIdentity } from './process-identity.js';

const ATTEMPTS = 20;

interface Owner {
  pid: number;
  identity: string;
}

export interface OwnerLock {
  release(): Promise<void>;
}

/**
 * Takes the right to run the server of a directory. A lock whose process has died, however, is no
 * lock: it is taken over. Rejects with `directory-in-use`, naming the process, while its owner lives.
 */
export async function acquireOwnerLock(path: string): Promise<OwnerLock> {
  const mine: Owner = { pid: process.pid, identity: (await processIdentity(process.pid)) ?? 'unknown' };
  const claim = `${path}.${randomUUID()}`;
  await writeFile(claim, JSON.stringify(mine), { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // A hard link appears with its whole content or not at all, and never replaces another's.
      if (await linked(claim, path)) return { release: () => release(path, mine) };
      await discardIfStale(path);
    }
  } finally {
    await rm(claim, { force: true });
  }
  throw new EmbeddedPostgresError('directory-in-use', `The lock ${path} is contended; start Snapback again.`);
}

/** Whether a process holds the lock, and lives. */
export async function hasLivingOwner(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  return owner !== undefined && (await processIdentity(owner.pid)) === owner.identity;
}

async function linked(claim: string, path: string): Promise<boolean> {
  try {
    await link(claim, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function discardIfStale(path: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner && (await processIdentity(owner.pid)) === owner.identity) {
    throw new EmbeddedPostgresError(
      'directory-in-use',
      `Another Snapback (process ${owner.pid}) runs the embedded PostgreSQL of this directory; ` +
        `stop it, or give this one another data directory. Its lock is ${path}.`,
    );
  }
  // Moved aside before it is removed: what was moved can be looked at again. A process that took the
  // stale lock over since it was read gets its new one back.
  const aside = `${path}.${randomUUID()}`;
  if (!(await moved(path, aside))) return;
  const taken = await readOwner(aside);
  if (taken && taken.identity !== owner?.identity) await linked(aside, path);
  await rm(aside, { force: true });
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** `undefined` for a lock that is gone or that a power cut left without content. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is Owner {
  const owner = value as Partial<Owner> | null;
  return typeof owner?.pid === 'number' && typeof owner.identity === 'string';
}

async function release(path: string, mine: Owner): Promise<void> {
  const owner = await readOwner(path);
  if (owner?.pid === mine.pid && owner.identity === mine.identity) await rm(path, { force: true });
}
