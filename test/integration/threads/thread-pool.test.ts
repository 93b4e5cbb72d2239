import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Scanner } from '../../../src/engine/filestore/scan/scanner.js';
import { TreeRoot } from '../../../src/engine/filestore/paths/tree-root.js';
import { Thread, ThreadDied } from '../../../src/vault/threads/thread.js';
import { ThreadPool } from '../../../src/vault/threads/thread-pool.js';
import type { BusyAnswer, BusyQuestion, BusyStart } from './busy-thread.js';

let counted: Int32Array<SharedArrayBuffer>;
let started = 0;
const pools: ThreadPool<BusyQuestion, BusyAnswer>[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  started = 0;
});

function poolOf(count: number, questionsAMessage = 1): ThreadPool<BusyQuestion, BusyAnswer> {
  counted = new Int32Array(new SharedArrayBuffer(8));
  const start = (): Thread<BusyQuestion, BusyAnswer> => {
    started += 1;
    return new Thread('busy-thread', import.meta.url, { counted } satisfies BusyStart);
  };
  const pool = new ThreadPool<BusyQuestion, BusyAnswer>({ count, start, questionsAMessage });
  pools.push(pool);
  return pool;
}

const numbers = Array.from({ length: 20 }, (_, n) => n);
const doubled = numbers.map((n) => 2 * n);
const double = (pool: ThreadPool<BusyQuestion, BusyAnswer>) => Promise.all(numbers.map((n) => pool.ask({ double: n })));

/** Waits until a thread has begun with so many questions. */
const begun = (count: number) => vi.waitFor(() => expect(counted[0]).toBe(count), { timeout: 10_000, interval: 1 });

const died = 'A worker thread has died, and with it what it was asked';

describe('a pool of threads', () => {
  it.each([1, 3])('answers each question, %i of them a message, and starts no thread before the first', async (n) => {
    const pool = poolOf(2, n);
    expect(started).toBe(0);
    expect(await double(pool)).toEqual(doubled);
    expect(started).toBe(2);
  });

  it.each([
    ['exit', 'The thread ended with status 3.'],
    ['throw', 'a fault of its own'],
  ] as const)('whoever asks after a thread has died of %s is answered by another one', async (how, message) => {
    const pool = poolOf(2);
    expect(await Promise.all([pool.ask({ double: 1 }), pool.ask({ double: 2 })])).toEqual([2, 4]);
    const asked = pool.ask(how);
    await expect(asked).rejects.toThrow(died);
    await expect(asked).rejects.toMatchObject({ name: 'ThreadDied', cause: { message } });
    expect(await double(pool)).toEqual(doubled);
    expect(started).toBe(3);
  });

  it('all threads may die, and those who had asked them are told', async () => {
    const pool = poolOf(2);
    const told = Promise.allSettled((['never', 'never', 'exit', 'throw'] as const).map((how) => pool.ask(how)));
    for (const one of await told) expect(one).toMatchObject({ status: 'rejected', reason: { message: /has died/ } });
    expect(await pool.ask({ double: 21 })).toBe(42);
    expect(started).toBe(4);
  });

  it('tells only whoever asked what has failed, with all that the error says', async () => {
    const pool = poolOf(1, 3);
    const [before, failed, after] = await Promise.allSettled([
      pool.ask({ double: 1 }),
      pool.ask('fail'),
      pool.ask({ double: 2 }),
    ]);
    expect([before, after]).toMatchObject([{ value: 2 }, { value: 4 }]);
    expect(failed).toMatchObject({
      status: 'rejected',
      reason: {
        name: 'Error',
        message: 'no such thing',
        code: 'ENOENT',
        syscall: 'open',
        cause: { message: 'what lies behind it' },
      },
    });
    expect((failed as PromiseRejectedResult).reason).toBeInstanceOf(Error);
    expect(started).toBe(1);
  });

  it('gives memory away with a question, and with an answer', async () => {
    const pool = poolOf(1);
    const memory = Uint8Array.of(1, 2, 3);
    const answer = pool.ask({ memory }, [memory.buffer]);
    expect(memory.byteLength).toBe(0);
    expect(await answer).toEqual(Uint8Array.of(1, 2, 3));
    expect(await pool.ask('what was given away')).toBe(0);
  });

  it('refuses a question that cannot be sent, and no other', async () => {
    const pool = poolOf(1, 3);
    const unsendable = { double: (() => 1) as unknown as number };
    await expect(pool.ask(unsendable)).rejects.toThrow('could not be cloned');
    expect(await pool.ask({ double: 1 })).toBe(2);
  });

  it('in a hurry answers everything, early, also where another thread has taken the place of one', async () => {
    const pool = poolOf(1);
    const asked = [pool.ask({ spin: 60_000 }), pool.ask({ spin: 60_000 })];
    await begun(1);
    pool.hurry();
    expect(await Promise.all(asked)).toEqual([60_000, 60_000]);
    await expect(pool.ask('exit')).rejects.toThrow(died);
    expect(await pool.ask({ spin: 60_000 })).toBe(60_000);
    expect(started).toBe(2);
  });

  it('closes after the message that a thread is at, takes up no other, and tells who waits at once', async () => {
    const pool = poolOf(1, 2);
    const asked = [{ spin: 60_000 }, { double: 1 }, { double: 2 }, { double: 3 }, { double: 4 }].map((question) =>
      pool.ask(question),
    );
    const told = Promise.allSettled(asked);
    await begun(1);
    const closing = [pool.close(), pool.close()];
    for (const one of await told) expect(one).toMatchObject({ status: 'rejected', reason: { name: 'ThreadDied' } });
    await Promise.all(closing);
    await pool.close();
    expect([...counted]).toEqual([2, 2]);
    await expect(pool.ask({ double: 1 })).rejects.toBeInstanceOf(ThreadDied);
    expect(started).toBe(1);
  });

  it('closes before the first question was sent, and starts nothing then', async () => {
    const pool = poolOf(1, 2);
    const asked = pool.ask({ double: 1 });
    await Promise.all([expect(asked).rejects.toBeInstanceOf(ThreadDied), pool.close()]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toBe(0);
  });
});

describe('one thread', () => {
  function threadOf(name: string, start: unknown): Thread<unknown, unknown> {
    const thread = new Thread<unknown, unknown>(name, import.meta.url, start);
    onTestFinished(() => thread.end());
    return thread;
  }

  it.each([
    ['whose file is not there', 'no-such-thread', {}],
    ['whose file fails', 'dying-thread', { how: 'start' }],
    ['that cannot be given what it starts with', 'dying-thread', { how: () => 'exit' }],
    ['that dies of its first question', 'dying-thread', { how: 'exit' }],
  ])('%s is dead for good: nothing takes its place, since what it knew would be lost', async (_, name, start) => {
    const thread = threadOf(name, start);
    const first = thread.ask(1);
    await expect(first).rejects.toThrow(died);
    const reason: unknown = await first.catch((error: unknown) => error);
    await expect(thread.ask(2)).rejects.toBe(reason);
    await thread.end();
    await expect(thread.ask(3)).rejects.toBe(reason);
  });
});

it('a scan says that its thread has died, also to whoever asks later', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-scanner-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const tree = await TreeRoot.open(directory);
  onTestFinished(() => tree.close());
  const how = { isMountPoint: false, leaveOutUnreadable: false, leftOut: [], wanted: { kind: 'all' } as const };
  const scanner = new Scanner(tree, how);
  onTestFinished(() => scanner.end());
  await scanner.scan([Buffer.from('')]);
  await (scanner as unknown as { thread: { host: { worker: Worker } } }).thread.host.worker.terminate();
  await expect(scanner.more()).rejects.toThrow('has died');
  await expect(scanner.scan([Buffer.from('')])).rejects.toThrow('has died');
});

describe('a worker', () => {
  const counters = () => new Int32Array(new SharedArrayBuffer(8));
  const threadOf = (counted = counters()) =>
    new Thread<BusyQuestion, BusyAnswer>('busy-thread', import.meta.url, { counted } satisfies BusyStart);

  it('is taken over by the next thread of its file, which knows nothing of the one before', async () => {
    const first = threadOf();
    const where = await first.ask('where');
    await first.ask({ memory: new Uint8Array(7) });
    await first.end();

    const counted = counters();
    const second = threadOf(counted);
    expect(await second.ask('where')).toBe(where);
    expect(counted).toEqual(Int32Array.of(1, 1));
    // No memory was given to this one.
    await expect(second.ask('what was given away')).rejects.toThrow(died);
  });

  it('is with one thread at a time', async () => {
    const threads = [threadOf(), threadOf()];
    const [one, other] = await Promise.all(threads.map((thread) => thread.ask('where')));
    expect(one).not.toBe(other);
    await Promise.all(threads.map((thread) => thread.end()));
  });

  it('is taken over also from a thread that was ended while a question waited for another one', async () => {
    const first = threadOf();
    const where = await first.ask('where');
    const asked = first.ask('never').catch((error: Error) => error.message);
    await first.end();
    expect(await asked).toContain('has been ended');
    const second = threadOf();
    expect(await second.ask('where')).toBe(where);
    await second.end();
  });

  it('is free again when a thread cannot be given what it starts with', async () => {
    const first = threadOf();
    const where = await first.ask('where');
    await first.end();
    const refused = new Thread('busy-thread', import.meta.url, { counted: () => 'no clone' });
    await refused.end();
    const second = threadOf();
    expect(await second.ask('where')).toBe(where);
    // Ending again what has left it does nothing to whoever is there now.
    await Promise.all([first.end(), refused.end()]);
    expect(await second.ask({ double: 4 })).toBe(8);
    await second.end();
  });

  it('keeps no process from its end while it waits for a thread', async () => {
    const script = `
      import { Thread } from './src/vault/threads/thread.ts';
      const thread = new Thread('busy-thread', new URL('./test/integration/threads/x.ts', 'file://' + process.cwd() + '/').href,
        { counted: new Int32Array(new SharedArrayBuffer(8)) });
      process.stdout.write(String(await thread.ask({ double: 21 })));
      await thread.end();
      process.on('exit', () => process.stdout.write(' in ' + process.uptime()));`;
    const nodeArguments = ['--experimental-transform-types', '--no-warnings', '--input-type=module'];
    const loader = ['--import', './test/harness/typescript-imports.mjs'];
    const { stdout } = await promisify(execFile)(process.execPath, [...nodeArguments, ...loader, '--eval', script]);
    const [, answer, seconds] = /^(\d+) in ([\d.]+)$/.exec(stdout) ?? [];
    expect(answer).toBe('42');
    expect(Number(seconds)).toBeLessThan(5);
  });
});
