import type { Backend } from './backend.js';

/**
 * Replaces an object, and has what is there now locked for as long as what was. What was is there as well until its own lock ends, for
 * whoever looks for it; everybody else reads the new one. Killed in between it leaves the new one unlocked until somebody locks it.
 */
export async function replaceAsLocked(backend: Backend, key: string, bytes: Buffer): Promise<void> {
  const until = (await backend.locks?.lockedUntil(key)) ?? null;
  await backend.replace(key, bytes);
  if (until !== null && until > new Date()) await backend.locks?.lock(key, until);
}
