/** What the work brings, or the reason of the signal thrown at once: what waits may take its time to hear that it was called off. */
export async function untilAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  return Promise.race([waiting, aborted]);
}
