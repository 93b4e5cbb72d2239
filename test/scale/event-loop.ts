/** What a step took, and the longest time for which nothing else of the process had a turn meanwhile, in milliseconds. */
export interface Measured<T> {
  result: T;
  ms: number;
  longestBlockMs: number;
  /** Of that kind, but as processor time: what is more was another process's, on a machine that has much to do. */
  longestBlockCpuMs: number;
}

const EVERY_MS = 5;

export async function measured<T>(work: () => Promise<T>): Promise<Measured<T>> {
  let [longestBlockMs, longestBlockCpuMs] = [0, 0];
  let [last, lastCpu] = [performance.now(), cpuMs()];
  const timer = setInterval(() => {
    const [now, nowCpu] = [performance.now(), cpuMs()];
    longestBlockMs = Math.max(longestBlockMs, now - last - EVERY_MS);
    longestBlockCpuMs = Math.max(longestBlockCpuMs, nowCpu - lastCpu);
    [last, lastCpu] = [now, nowCpu];
  }, EVERY_MS);
  const started = performance.now();
  try {
    const result = await work();
    return { result, ms: performance.now() - started, longestBlockMs, longestBlockCpuMs };
  } finally {
    clearInterval(timer);
  }
}

/** Of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
