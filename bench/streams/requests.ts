import { setTimeout as sleep } from 'node:timers/promises';

/** Clients that ask one after the other, with a pause as people and pipelines have it: the question is how long each waits. */
const CLIENTS = 4;
const PAUSE_MS = 100;

export interface Waits {
  requests: number;
  p50Ms: number;
  p99Ms: number;
}

/** How long requests take while `during` runs. Throws at the first answer that is not 200. */
export async function requestsDuring(url: string, token: string, during: () => Promise<void>): Promise<Waits> {
  const times: number[] = [];
  const end = new AbortController();
  const client = async () => {
    while (!end.signal.aborted) {
      const startedAt = performance.now();
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      await response.text();
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}.`);
      times.push(performance.now() - startedAt);
      await sleep(PAUSE_MS);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await Promise.race([during(), clients]);
  end.abort();
  await clients;
  return { requests: times.length, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

/** The value below which this part of all values is, to a tenth. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN) * 10) / 10;
}
