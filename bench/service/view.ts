import { join } from 'node:path';
import { NODE_OPTIONS } from '../machine/node-options.js';
import { type Server, startServer } from '../machine/start-server.js';
import { median, type BenchCase } from '../results.js';
import { Client, type Cost } from './client.js';
import { bearer, newKeys, ORGANIZATION, POOL_SIZE, startSnapback } from './service-process.js';
import type { State } from './state.js';

const CONNECTIONS = 8;

export interface ViewOptions {
  rounds: number;
  seconds: number;
}

export interface Viewed {
  environmentId: string;
  snapshotId: string;
}

/** `snapshotView`, with all that stands around it, beside the same statements through Nest with nothing around them, in turn. */
export async function measureView(state: State, viewed: Viewed, { rounds, seconds }: ViewOptions): Promise<BenchCase> {
  const keys = newKeys();
  const client = Client.start();
  const servers: Server[] = [];
  try {
    const snapback = await startSnapback(state, keys);
    servers.push(snapback);
    const bareEnvironment = { DATABASE_URL: state.url, DATABASE_POOL_SIZE: String(POOL_SIZE), ORGANIZATION };
    const bare = await startServer(join(import.meta.dirname, 'bare-nest.js'), bareEnvironment, NODE_OPTIONS);
    servers.push(bare);
    const path = `/environments/${viewed.environmentId}/snapshots/${viewed.snapshotId}`;
    const sides = {
      snapback: { server: snapback, path, headers: bearer(keys) },
      bareNest: { server: bare, path, headers: {} },
    };
    const costs: Record<keyof typeof sides, Cost[]> = { snapback: [], bareNest: [] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const side of ['snapback', 'bareNest'] as const) {
        const cost = await client.ask(sides[side], { connections: CONNECTIONS, seconds });
        // The first round warms both up.
        if (round > 0) costs[side].push(cost);
      }
    }
    return summarise(costs);
  } finally {
    client.stop();
    for (const server of servers) await server.stop();
  }
}

function summarise(costs: Record<'snapback' | 'bareNest', Cost[]>): BenchCase {
  const of = (side: keyof typeof costs) => ({
    requestsPerSecond: Math.round(median(costs[side].map((one) => one.requestsPerSecond))),
    processorMs: Math.round(median(costs[side].map((one) => one.processorMs)) * 1000) / 1000,
    p99Ms: Math.round(median(costs[side].map((one) => one.p99Ms)) * 10) / 10,
  });
  const figures = { snapback: of('snapback'), bareNest: of('bareNest') };
  const share = (ours: number, theirs: number) => Math.round((ours / theirs) * 100) / 100;
  const ratio = share(figures.bareNest.processorMs, figures.snapback.processorMs);
  const throughput = share(figures.snapback.requestsPerSecond, figures.bareNest.requestsPerSecond);
  console.table(figures);
  console.log(
    `snapshotView: ${throughput} of the requests that bare Nest serves with the same statements; of its processor time ` +
      `${ratio} is theirs.`,
  );
  return { case: 'snapshotView', ratio, throughput, connections: CONNECTIONS, figures };
}
