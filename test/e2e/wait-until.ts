import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until there is something, which it returns. Fails with `what` when the time is up. */
export async function waitUntil<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  options: { seconds?: number; everyMs?: number } = {},
): Promise<T> {
  const { seconds = 45, everyMs = 50 } = options;
  for (const deadline = Date.now() + seconds * 1000; ; await sleep(everyMs)) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Within ${seconds} s it did not come to this: ${what}.`);
  }
}
