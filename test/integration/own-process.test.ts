import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Configuration } from '../../src/config/configuration.js';
import { OwnProcess } from '../../src/processes/own-process.js';
import { ServedPools } from '../../src/processes/served-pools.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';

const DAY_MS = 86_400_000;

let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());
afterEach(() => vi.restoreAllMocks());

async function started(changes: Partial<Configuration>): Promise<OwnProcess> {
  const own = new OwnProcess(Object.assign(new Configuration(), changes), registry.dataSource);
  await own.onModuleInit();
  return own;
}

function clockJumpsBy(ms: number): void {
  const real = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => real() + ms);
}

describe('a process whose clock differs from the database’s', () => {
  it.each([60, -60])('by %i days says so, and may not decide by age', async (days) => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    clockJumpsBy(days * DAY_MS);
    const own = await started({ ROLE: 'worker' });
    expect(own.clockIsRight).toBe(false);
    expect(Math.round(own.clockAheadMs / DAY_MS)).toBe(days);
    expect(warned).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('Set it right'));
    await own.onApplicationShutdown();
  });

  it('by less than a minute does not mind', async () => {
    clockJumpsBy(-50_000);
    const own = await started({ ROLE: 'worker' });
    expect(own.clockIsRight).toBe(true);
    await own.onApplicationShutdown();
  });
});

describe('the pools that are served', () => {
  it('are those of the workers that have been heard of, and of no API process', async () => {
    const pools = new ServedPools(registry.dataSource);
    const worker = await started({ ROLE: 'worker', WORKER_POOLS: ['default', 'far'] });
    const api = await started({ ROLE: 'api', WORKER_POOLS: ['elsewhere'] });
    expect(await pools.now()).toEqual(new Set(['default', 'far']));
    await registry.dataSource.query("UPDATE service_processes SET seen_at = now() - interval '1 minute'");
    expect(await pools.now()).toEqual(new Set());
    await worker.onApplicationShutdown();
    await api.onApplicationShutdown();
  });
});
