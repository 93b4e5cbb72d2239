import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Configuration } from '../../../src/config/configuration.js';
import { Keeper } from '../../../src/keeper/keeper.js';
import { UpkeepRegistry } from '../../../src/keeper/upkeep-registry.js';
import type { OwnProcess } from '../../../src/processes/own-process.js';
import { startRegistry } from '../registry-fixture.js';
import type { Registry } from '../registry-fixture.js';

const CONCURRENCY = 2;
const ITEMS = 60;

let registry: Registry;
const keepers: Keeper[] = [];

beforeAll(async () => {
  registry = await startRegistry();
});
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.beforeApplicationShutdown();
  await registry.dataSource.query('TRUNCATE keeper_items');
});
afterAll(() => registry.close());

/** A worker's keeper that looks after `left-over`, and what it has been at. */
function start(tend: () => Promise<void>): { tended: string[]; most: () => number } {
  const upkeep = new UpkeepRegistry();
  const tended: string[] = [];
  let [now, most] = [0, 0];
  upkeep.register({
    kind: 'left-over',
    concurrency: CONCURRENCY,
    help: 'Nothing to do.',
    tend: async ({ subject }) => {
      most = Math.max(most, (now += 1));
      tended.push(subject);
      await tend().finally(() => (now -= 1));
    },
  });
  const configuration = { ROLE: 'worker', WORKER_POOLS: ['default'] } as Configuration;
  const keeper = new Keeper(configuration, upkeep, registry.items, { clockIsRight: true } as OwnProcess);
  keepers.push(keeper);
  keeper.onApplicationBootstrap();
  return { tended, most: () => most };
}

async function put(count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, n) => ({ subject: String(n) }));
  await registry.items.putAlone('left-over', ...items);
}

async function left(): Promise<number> {
  const [row] = await registry.dataSource.query<{ count: string }[]>('SELECT count(*) FROM keeper_items');
  return Number(row?.count);
}

describe('a keeper of which much is due', () => {
  it('takes the next as soon as one is over, and never more at a time than it may', async () => {
    await put(ITEMS);
    const startedAt = performance.now();
    const { tended, most } = start(() => sleep(5));
    while ((await left()) > 0) await sleep(20);
    // With a look for every two it would take fifteen seconds.
    expect(performance.now() - startedAt).toBeLessThan(8000);
    expect(tended.toSorted()).toEqual(Array.from({ length: ITEMS }, (_, n) => String(n)).toSorted());
    expect(most()).toBe(CONCURRENCY);
  });

  it('leaves what it has not begun to others when it stops', async () => {
    await put(ITEMS);
    const { tended } = start(() => sleep(20));
    while (tended.length < 6) await sleep(5);
    await keepers.pop()?.beforeApplicationShutdown();
    const begun = tended.length;
    const rows = await registry.dataSource.query('SELECT FROM keeper_items WHERE held_until IS NOT NULL');
    expect(rows).toEqual([]);
    await sleep(100);
    expect(tended).toHaveLength(begun);
    expect(await left()).toBeGreaterThanOrEqual(ITEMS - begun);
  });
});
