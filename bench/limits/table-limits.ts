import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import type { Client } from 'pg';
import { to } from 'pg-copy-streams';
import type { BenchEnvironment } from '../environment/environment.js';

const CONNECTIONS = 2;

/** What the server takes, in seconds over two connections, for what a capture asks of it at the least. */
export interface TableLimits {
  /** `count(*), min(age(xmin))` of every table: what tells whether rows have changed. */
  scan: number;
  /** COPY of every table, its text thrown away. */
  copy: number;
}

interface Part {
  table: string;
  fromBlock: number;
  toBlock: number;
}

/** Measures both. `settle` is called before each, outside the time. */
export async function measureTables(environment: BenchEnvironment, settle: () => Promise<void>): Promise<TableLimits> {
  const scan = await timed(environment, settle, async (client, { table, fromBlock, toBlock }) => {
    await client.query(`SELECT count(*), min(age(xmin)) FROM ${table} WHERE ${range(fromBlock, toBlock)}`);
  });
  const copy = await timed(environment, settle, async (client, { table, fromBlock, toBlock }) => {
    const stream = client.query(to(`COPY (SELECT * FROM ${table} WHERE ${range(fromBlock, toBlock)}) TO STDOUT`));
    await pipeline(stream, new Writable({ write: (_chunk, _encoding, done) => done() }));
  });
  return { scan, copy };
}

async function timed(
  environment: BenchEnvironment,
  settle: () => Promise<void>,
  work: (client: Client, part: Part) => Promise<void>,
): Promise<number> {
  const tables = await environment.withClient(sizes);
  await settle();
  const begun = performance.now();
  const connections = Array.from({ length: CONNECTIONS }, (_, connection) =>
    environment.withClient(async (client) => {
      // One core each, as the capture's connections.
      await client.query('SET max_parallel_workers_per_gather = 0; SET jit = off; SET synchronize_seqscans = off');
      for (const { table, blocks } of tables) {
        const [fromBlock, toBlock] = [0, 1].map((end) => Math.floor((blocks * (connection + end)) / CONNECTIONS));
        await work(client, { table, fromBlock: fromBlock ?? 0, toBlock: toBlock ?? 0 });
      }
    }),
  );
  await Promise.all(connections);
  return (performance.now() - begun) / 1000;
}

async function sizes(client: Client): Promise<{ table: string; blocks: number }[]> {
  const { rows } = await client.query<{ table: string; blocks: number }>(
    `SELECT oid::regclass::text AS "table", (pg_relation_size(oid) / current_setting('block_size')::bigint)::integer AS blocks
       FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relpages DESC`,
  );
  return rows;
}

function range(fromBlock: number, toBlock: number): string {
  return `ctid >= '(${fromBlock},0)' AND ctid < '(${toBlock},0)'`;
}
