import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a step took, and the longest time for which nothing else of the process had a turn meanwhile, in milliseconds. */
export interface Measured<T> {
  result: T;
  ms: number;
  longestBlockMs: number;
}

export async function measured<T>(work: () => Promise<T>): Promise<Measured<T>> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const started = performance.now();
  try {
    const result = await work();
    return { result, ms: performance.now() - started, longestBlockMs: delay.max / 1e6 };
  } finally {
    delay.disable();
  }
}
