import { createCipheriv, createHash, hash } from 'node:crypto';
import { loadavg } from 'node:os';
import { DataKey } from '../../src/vault/keys/data-key.js';
import { encodeBody, ZSTD_LEVEL } from '../../src/vault/packs/chunk-body.js';
import { ChunkPipeline } from '../../src/vault/packing/chunk-pipeline.js';
import { peakMemoryBytes } from '../machine/processor-time.js';
import { median } from '../results.js';
import { makeSampleBuffers } from './sample-buffers.js';

const BUFFERS = 20_000;
const BATCH_BYTES = 1024 * 1024;
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
const WORKERS = 2;
const RUNS = 3;

/**
 * From memory to finished packs in memory, on two threads, beside what the primitives alone cost on one. Prints a
 * table; other work on the machine, which the load average shows, makes every figure worse.
 */
export async function runVaultPipelineBench(): Promise<void> {
  const buffers = makeSampleBuffers(BUFFERS);
  const megabytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0) / 1e6;
  console.log(`${BUFFERS} buffers, ${megabytes.toFixed(0)} MB, load ${loadavg()[0]?.toFixed(1)}`);
  const row = (what: string, seconds: number, more = ''): void =>
    console.log(
      `${what.padEnd(34)} ${seconds.toFixed(2)} s ${(megabytes / seconds).toFixed(0).padStart(6)} MB/s ${more}`,
    );

  const hashing = timed(() => buffers.forEach((buffer) => hash('sha256', buffer, 'buffer')));
  row('SHA-256, 1 thread', hashing.seconds);
  for (const level of [1, 2, 3]) {
    const { seconds, result } = timed(() => buffers.map((buffer) => encodeBody(buffer, level).bytes));
    const stored = result.reduce((sum, body) => sum + body.length, 0);
    row(`look, zstd level ${level}, 1 thread`, seconds, `${(stored / 1e6).toFixed(1)} MB kept`);
    if (level !== ZSTD_LEVEL) continue;
    row('AES-256-GCM of that, 1 thread', timed(() => result.forEach(encrypt)).seconds);
    const packSum = createHash('sha256');
    row('SHA-256 of that, 1 thread', timed(() => result.forEach((body) => packSum.update(body))).seconds);
  }

  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    // The pipeline takes the memory it is given: each run gets copies, made outside the time.
    const copies = buffers.map((buffer) => Buffer.from(new Uint8Array(buffer).buffer));
    const begun = performance.now();
    const { packs, storedBytes } = await fill(copies);
    runs.push((performance.now() - begun) / 1000);
    row(
      `pipeline, ${WORKERS} threads, run ${run + 1}`,
      runs.at(-1) ?? 0,
      `${packs} packs, ${(storedBytes / 1e6).toFixed(1)} MB`,
    );
  }
  row(
    'pipeline, median',
    median(runs),
    `peak memory with the data ${((await peakMemoryBytes(process.pid)) / 2 ** 20).toFixed(0)} MiB`,
  );
}

async function fill(buffers: readonly Buffer[]): Promise<{ packs: number; storedBytes: number }> {
  const total = { packs: 0, storedBytes: 0 };
  const pipeline = new ChunkPipeline({
    dataKey: DataKey.generate(),
    maxChunkBytes: MAX_CHUNK_BYTES,
    workers: WORKERS,
    store: async ({ bytes }) => {
      total.packs++;
      total.storedBytes += bytes.length;
    },
  });
  const batches: Promise<unknown>[] = [];
  for (const batch of batchesOf(buffers)) {
    const room = await pipeline.room(batch.reduce((sum, piece) => sum + piece.length, 0));
    batches.push(room.hash(batch).then((held) => held.encode(held.ids.map((_, index) => index))));
  }
  await Promise.all(batches);
  await pipeline.flush();
  await pipeline.close();
  return total;
}

function* batchesOf(buffers: readonly Buffer[]): Generator<Buffer[]> {
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const buffer of buffers) {
    batch.push(buffer);
    bytes += buffer.length;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function encrypt(bytes: Buffer): void {
  const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12)).setAAD(Buffer.alloc(97));
  cipher.update(bytes);
  cipher.final();
}

function timed<T>(work: () => T): { seconds: number; result: T } {
  const begun = performance.now();
  const result = work();
  return { seconds: (performance.now() - begun) / 1000, result };
}
