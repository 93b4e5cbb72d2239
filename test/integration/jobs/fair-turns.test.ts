import { array, assert, asyncProperty, constant, constantFrom, integer, oneof, record } from 'fast-check';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { connectedDataSource } from '../../../src/database/connected-data-source.js';
import { runMigrations } from '../../../src/database/run-migrations.js';
import { FairTurns } from '../../../src/jobs/fair-turns.js';
import { createTestDatabase, urlOf } from '../../harness/database.js';
import type { TestDatabase } from '../../harness/database.js';
import { usually } from '../../harness/thorough.js';

let database: TestDatabase;
let boss: PgBoss;
let turns: FairTurns;

beforeAll(async () => {
  database = await createTestDatabase();
  const url = urlOf(database.address);
  const dataSource = await connectedDataSource(dataSourceOptions(url, 2));
  await runMigrations(dataSource).finally(() => dataSource.destroy());
  boss = new PgBoss({ connectionString: url, schema: 'jobs', supervise: false, schedule: false });
  await boss.start();
  turns = new FairTurns(boss);
});
afterAll(async () => {
  await boss.stop({ graceful: false, close: true });
  await database.drop();
});

let made = 0;

/** A queue as the service has one: taken from by tag, and of equal tags the older first. */
class Queue {
  readonly name = `queue-${made++}`;
  readonly waiting: { organization: string; tag: number; number: number }[] = [];
  readonly begun: string[] = [];
  private numbered = 0;

  async put(organization: string): Promise<void> {
    this.waiting.push({ organization, tag: await turns.next(this.name, organization), number: this.numbered++ });
  }

  async take(): Promise<string | undefined> {
    const next = this.waiting.toSorted((one, other) => one.tag - other.tag || one.number - other.number)[0];
    if (next === undefined) return undefined;
    this.waiting.splice(this.waiting.indexOf(next), 1);
    await turns.began(this.name, next.tag);
    this.begun.push(next.organization);
    return next.organization;
  }

  /** How many begin until one of this organization does. */
  async startsUntil(organization: string): Promise<number> {
    for (let starts = 1; ; starts++) if ((await this.take()) === organization) return starts;
  }
}

async function putMany(queue: Queue, organization: string, count: number): Promise<void> {
  for (let put = 0; put < count; put++) await queue.put(organization);
}

describe('whose turn it is', () => {
  it('comes to the one job of an organization next, whoever has queued a hundred before it', async () => {
    const queue = new Queue();
    await putMany(queue, 'many', 100);
    await queue.take();
    await queue.put('one');
    expect(await queue.startsUntil('one')).toBe(1);
  });

  it('is not saved up while idle', async () => {
    const queue = new Queue();
    await putMany(queue, 'busy', 30);
    for (let taken = 0; taken < 20; taken++) await queue.take();
    await putMany(queue, 'late', 10);
    const served: (string | undefined)[] = [];
    for (let starts = 0; starts < 10; starts++) served.push(await queue.take());
    expect(served.filter((name) => name === 'busy').length).toBeGreaterThanOrEqual(4);
  });

  it('is not lost to two that queue one at a time, each as soon as its last has ended', async () => {
    const queue = new Queue();
    await putMany(queue, 'patient', 5);
    await queue.put('a');
    await queue.put('b');
    for (let starts = 0; starts < 15; starts++) {
      const served = await queue.take();
      if (served === 'a' || served === 'b') await queue.put(served);
    }
    expect(queue.begun.filter((name) => name === 'patient').length).toBe(5);
  });

  it('gives as many tags as ask at a time', async () => {
    const tags = await Promise.all(Array.from({ length: 20 }, () => turns.next('at-once', 'one')));
    expect(new Set(tags).size).toBe(20);
  });

  it('comes to everybody: who waits is passed at most twice by each of the others', async () => {
    const organizations = ['a', 'b', 'c', 'd', 'e'];
    const step = oneof(
      {
        weight: 3,
        arbitrary: record({ put: constantFrom(...organizations), count: integer({ min: 1, max: 6 }) }),
      },
      { weight: 4, arbitrary: constant('take' as const) },
    );
    await assert(
      asyncProperty(array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const queue = new Queue();
        /** Who was served since when each of those that wait had its turn, or came. */
        const passedBy = new Map<string, string[]>();
        for (const one of steps) {
          if (one !== 'take') {
            if (!passedBy.has(one.put)) passedBy.set(one.put, []);
            await putMany(queue, one.put, one.count);
            continue;
          }
          const served = await queue.take();
          if (served === undefined) continue;
          for (const [name, others] of passedBy) if (name !== served) others.push(served);
          passedBy.delete(served);
          if (queue.waiting.some(({ organization }) => organization === served)) passedBy.set(served, []);
          for (const others of passedBy.values()) {
            const times = organizations.map((name) => others.filter((other) => other === name).length);
            expect(Math.max(...times)).toBeLessThanOrEqual(2);
          }
        }
      }),
      { numRuns: usually(25, 300) },
    );
  });
});
