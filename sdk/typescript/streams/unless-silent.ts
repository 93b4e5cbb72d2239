import type { Deadline } from '../requests/deadline.js';

/** For how long nothing may come, unless told. */
export const IDLE_MS = 45_000;

/** What is thrown then. */
export const SILENCE = new DOMException('Nothing was heard for too long.', 'TimeoutError');

/** What the work brings, unless nothing comes of it for too long. */
export async function unlessSilent<T>(work: Promise<T>, connection: Deadline, idleMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(SILENCE), idleMs)));
  try {
    return await connection.race(Promise.race([work, silence]));
  } finally {
    clearTimeout(timer);
  }
}
