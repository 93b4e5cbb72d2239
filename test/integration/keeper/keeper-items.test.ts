import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KeeperItems } from '../../../src/keeper/keeper-items.js';
import type { KeeperItemEntity } from '../../../src/keeper/keeper-item.entity.js';
import { startRegistry } from '../registry-fixture.js';
import type { Registry } from '../registry-fixture.js';

let registry: Registry;
let items: KeeperItems;
const holder = randomUUID();
const other = randomUUID();

beforeAll(async () => {
  registry = await startRegistry();
  items = registry.items;
});
afterAll(() => registry.close());
afterEach(() => registry.dataSource.query('TRUNCATE keeper_items'));

const put = (item: Partial<Parameters<KeeperItems['put']>[2]> = {}) =>
  items.put(registry.dataSource.manager, 'left-over', { subject: 'one', ...item });
const take = (who = holder, pools = ['default'], limit = 10) => items.take('left-over', who, pools, limit);

async function row(): Promise<Record<string, unknown> & { waits: number }> {
  const rows = await registry.dataSource.query<(Record<string, unknown> & { waits: number })[]>(
    'SELECT *, extract(epoch FROM due_at - clock_timestamp())::float8 AS waits FROM keeper_items',
  );
  return rows[0]!;
}

async function taken(): Promise<KeeperItemEntity> {
  const [item] = await take();
  if (item === undefined) throw new Error('Nothing is due.');
  return item;
}

function failure(code: string, pauseSeconds = 60) {
  return { finding: { code, message: 'It did not work.' }, pauseSeconds, needsPerson: false, remember: {} };
}

/** As if that much time had passed. */
async function pass(interval: string): Promise<void> {
  await registry.dataSource.query(
    `UPDATE keeper_items SET due_at = due_at - $1::interval, held_until = held_until - $1::interval, since = since - $1::interval,
            failed_since = failed_since - $1::interval, told_at = told_at - $1::interval, done_at = done_at - $1::interval`,
    [interval],
  );
}

describe('an item of the keeper', () => {
  it('is taken by one of many who ask at once, and by nobody else as long as that one says it is there', async () => {
    await put();
    const found = await Promise.all(Array.from({ length: 8 }, () => take(randomUUID())));
    expect(found.flat()).toHaveLength(1);
    await pass('14 seconds');
    expect(await take(other)).toEqual([]);
  });

  it('is somebody else’s when its holder has been silent, and what that one writes counts no more', async () => {
    await put();
    const item = await taken();
    await pass('16 seconds');
    expect(await take(other)).toHaveLength(1);
    expect(await items.renew(holder)).toEqual(new Set());
    await items.done(item, holder);
    expect(await items.failed(item, holder, failure('late'))).toBe(false);
    expect(await row()).toMatchObject({ held_by: other, tries: 0 });
  });

  it('is kept by saying so in time', async () => {
    await put();
    const item = await taken();
    await pass('10 seconds');
    expect(await items.renew(holder)).toEqual(new Set([item.id]));
    await pass('10 seconds');
    expect(await take(other)).toEqual([]);
  });

  it('waits for workers of its pool, or goes to any when it has none', async () => {
    await put({ pool: 'elsewhere' });
    expect(await take(holder, ['default'])).toEqual([]);
    expect(await items.dueKinds(['default'])).toEqual(new Set());
    expect(await take(holder, ['default', 'elsewhere'])).toHaveLength(1);
  });

  it('goes with its environment to another pool', async () => {
    const environmentId = randomUUID();
    await put({ pool: 'elsewhere', environmentId });
    await items.moveTo(registry.dataSource.manager, environmentId, 'default');
    expect(await take()).toHaveLength(1);
  });

  it('goes when it went well, and is done once more when it was asked for meanwhile', async () => {
    await put();
    const first = await taken();
    await put({ data: { more: true } });
    await items.done(first, holder);
    const again = await taken();
    expect(again.data).toEqual({ more: true });
    await items.done(again, holder);
    expect(await row()).toBeUndefined();
  });

  it('that comes round again keeps its pause, whoever asks, and however often', async () => {
    await put({ pauseSeconds: 3600 });
    const item = await taken();
    await put({ pauseSeconds: 3600 });
    await items.again(item, holder, 86_400);
    for (let count = 0; count < 3; count += 1) await put({ pauseSeconds: 3600 });
    const { waits } = await row();
    expect(waits).toBeGreaterThan(3500);
    expect(waits).toBeLessThan(3601);
    await pass('1 hour');
    expect(await take()).toHaveLength(1);
  });

  it('is tried for ever: after a thousand tries in vain it is still there', async () => {
    await put();
    await registry.dataSource.query('UPDATE keeper_items SET tries = 1000');
    await items.failed(await taken(), holder, failure('left-over'));
    await pass('1 minute');
    expect(await taken()).toMatchObject({ tries: 1001, failure: { code: 'left-over' } });
  });

  it('is told once a day as long as nothing changes, and at once when the reason does', async () => {
    await put();
    const fails = async (code: string) => {
      const news = await items.failed(await taken(), holder, failure(code));
      await pass('15 minutes');
      return news;
    };
    const told = [];
    for (let count = 0; count < 98; count += 1) told.push(await fails('left-over'));
    expect(told.flatMap((news, index) => (news ? [index] : []))).toEqual([0, 96]);
    expect(await fails('disk-full')).toBe(true);
  });

  it('calls a person when it has failed for ten minutes, and no more once it went well', async () => {
    await put();
    await items.failed(await taken(), holder, failure('left-over', 0));
    expect(await row()).toMatchObject({ attention: false });
    await pass('11 minutes');
    await items.failed(await taken(), holder, failure('left-over', 0));
    expect(await row()).toMatchObject({ attention: true, tries: 2 });
    await items.again(await taken(), holder, 0);
    expect(await row()).toMatchObject({ attention: false, tries: 0, failure: null });
  });

  it('that is found is put once, and goes its own way', async () => {
    await items.putFound('left-over', [{ subject: 'one' }, { subject: 'two' }]);
    await items.failed(await taken(), holder, failure('left-over'));
    await items.putFound('left-over', [{ subject: 'one' }, { subject: 'two' }]);
    expect(await take()).toEqual([]);
  });

  it('is given back when its process stops', async () => {
    await put();
    await taken();
    await items.release(holder);
    expect(await take(other)).toHaveLength(1);
  });
});
