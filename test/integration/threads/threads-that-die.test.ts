import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Scanner } from '../../../src/engine/filestore/scan/scanner.js';
import { TreeRoot } from '../../../src/engine/filestore/paths/tree-root.js';
import { BatchedThreads } from '../../../src/vault/threads/batched-threads.js';
import { Thread } from '../../../src/vault/threads/thread.js';

/** Answers a number with its double; dies of what it is asked otherwise. */
const DOUBLING = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (message) => {
    if (message === 'end') return parentPort.close();
    const { request, questions } = message;
    if (questions.includes('exit')) process.exit(3);
    if (questions.includes('throw')) throw new Error('a fault of its own');
    if (questions.includes('silence')) return;
    parentPort.postMessage({ request, answers: questions.map((n) => 2 * n) });
  });`;

type Question = number | 'exit' | 'throw' | 'silence';

const started: Thread[] = [];
let threads: BatchedThreads<Question, number> | undefined;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await threads?.close();
  threads = undefined;
  started.length = 0;
  for (const end of ends.splice(0).toReversed()) await end();
});

function doubling(count: number): BatchedThreads<Question, number> {
  threads = new BatchedThreads<Question, number>({
    count,
    questionsAMessage: 1,
    start: () => {
      const thread = new Thread(DOUBLING, { eval: true });
      started.push(thread);
      return thread;
    },
  });
  return threads;
}

it.each(['exit', 'throw'] as const)(
  'whoever asks after a thread has died of %s is answered by another one',
  async (how) => {
    const pool = doubling(2);
    expect(await Promise.all([pool.ask(1), pool.ask(2)])).toEqual([2, 4]);
    await expect(pool.ask(how)).rejects.toThrow('A worker thread has died, and with it what it was asked');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => pool.ask(n)));
    expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => 2 * n));
    expect(started).toHaveLength(3);
  },
);

it('all threads may die, one after the other, and those who had asked them are told', async () => {
  const pool = doubling(2);
  const waiting = [pool.ask('silence'), pool.ask('silence')];
  const told = Promise.allSettled(waiting);
  await new Promise((resolve) => setImmediate(resolve));
  for (const { worker } of started) await worker.terminate();
  expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await pool.ask(21)).toBe(42);
});

it('a thread that is hurried is so, too, when it takes the place of one that died', async () => {
  const pool = doubling(1);
  pool.hurry();
  await expect(pool.ask('exit')).rejects.toThrow('died');
  expect(await pool.ask(3)).toBe(6);
  expect(started).toHaveLength(2);
});

it('a scan says that its thread has died, also to whoever asks later', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-scanner-'));
  ends.push(() => rm(directory, { recursive: true }));
  const tree = await TreeRoot.open(directory);
  ends.push(() => tree.close());
  const scanner = new Scanner(tree, false);
  ends.push(() => scanner.end());
  await scanner.scan([Buffer.from('')]);
  await (scanner as unknown as { thread: Thread }).thread.worker.terminate();
  await expect(scanner.more()).rejects.toThrow('has died');
  await expect(scanner.scan([Buffer.from('')])).rejects.toThrow('has died');
});
