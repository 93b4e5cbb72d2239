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

/**
 * `snapshotView`, with all that stands around it, in turn with Nest with nothing around it: by TypeORM's repositories, as one writes it, and by our own
 * readers, so that only what stands around them is compared.
 */
export async function measureView(state: State, viewed: Viewed, { rounds, seconds }: ViewOptions): Promise<BenchCase> {
  const keys = newKeys();
  const client = Client.start();
  const servers: Server[] = [];
  try {
    const snapback = await startSnapback(state, keys);
    servers.push(snapback);
    const bareNest = async (STATEMENTS: string) => {
      const environment = { DATABASE_URL: state.url, DATABASE_POOL_SIZE: String(POOL_SIZE), ORGANIZATION, STATEMENTS };
      const server = await startServer(join(import.meta.dirname, 'bare-nest.js'), environment, NODE_OPTIONS);
      servers.push(server);
      return server;
    };
    const [bare, readers] = [await bareNest('repositories'), await bareNest('own')];
    const path = `/environments/${viewed.environmentId}/snapshots/${viewed.snapshotId}`;
    const sides = {
      snapback: { server: snapback, path, headers: bearer(keys) },
      bareNest: { server: bare, path, headers: {} },
      bareReaders: { server: readers, path, headers: {} },
    };
    const costs: Record<keyof typeof sides, Cost[]> = { snapback: [], bareNest: [], bareReaders: [] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const side of ['snapback', 'bareNest', 'bareReaders'] as const) {
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

function summarise(costs: Record<'snapback' | 'bareNest' | 'bareReaders', Cost[]>): BenchCase {
  const of = (side: keyof typeof costs) => ({
    requestsPerSecond: Math.round(median(costs[side].map((one) => one.requestsPerSecond))),
    processorMs: Math.round(median(costs[side].map((one) => one.processorMs)) * 1000) / 1000,
    p99Ms: Math.round(median(costs[side].map((one) => one.p99Ms)) * 10) / 10,
  });
  const figures = { snapback: of('snapback'), bareNest: of('bareNest'), bareReaders: of('bareReaders') };
  const share = (ours: number, theirs: number) => Math.round((ours / theirs) * 100) / 100;
  const beside = (peer: 'bareNest' | 'bareReaders') => ({
    processor: share(figures[peer].processorMs, figures.snapback.processorMs),
    throughput: share(figures.snapback.requestsPerSecond, figures[peer].requestsPerSecond),
  });
  const { processor: ratio, throughput } = beside('bareNest');
  const ofReaders = beside('bareReaders');
  console.table(figures);
  console.log(
    `snapshotView: ${throughput} of the requests that bare Nest serves, and of the processor time of each ${ratio} is what bare Nest takes; ` +
      `beside our own readers without anything around them ${ofReaders.throughput} and ${ofReaders.processor}.`,
  );
  return { case: 'snapshotView', ratio, throughput, ofReaders, connections: CONNECTIONS, figures };
}
