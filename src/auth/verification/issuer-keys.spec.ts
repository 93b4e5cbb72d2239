import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IssuerKeys } from './issuer-keys.js';
import { KeySet } from './key-set.js';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const setOf = (...names: string[]): KeySet =>
  KeySet.parse({ keys: names.map((kid) => ({ ...publicKey.export({ format: 'jwk' }), kid })) });

const COOLDOWN_MS = 10_000;
const REFRESH_MS = 600_000;

let fetches: number;
let answer: () => Promise<KeySet>;
let keys: IssuerKeys;

beforeEach(() => {
  vi.useFakeTimers();
  Logger.overrideLogger(false);
  fetches = 0;
  answer = () => Promise.resolve(setOf('a', 'b'));
  keys = new IssuerKeys({ fetch: () => ((fetches += 1), answer()), cooldownMs: COOLDOWN_MS, refreshMs: REFRESH_MS });
});
afterEach(() => {
  keys.stop();
  Logger.overrideLogger(true);
  vi.useRealTimers();
});

const find = (kid: string) => keys.find('ES256', kid);
const unauthenticated = expect.objectContaining({ code: 'unauthenticated' });

describe('IssuerKeys', () => {
  it('asks once for all who come at the same time', async () => {
    await Promise.all(Array.from({ length: 50 }, () => find('a')));
    expect(fetches).toBe(1);
  });

  it('leaves the provider alone for the cool-down, however many unknown keys are named', async () => {
    await find('a');
    for (let n = 0; n < 100; n += 1) await expect(find(`junk-${n}`)).rejects.toEqual(unauthenticated);
    expect(fetches).toBe(1);
    await vi.advanceTimersByTimeAsync(COOLDOWN_MS);
    for (let n = 0; n < 100; n += 1) await expect(find(`junk-${n}`)).rejects.toEqual(unauthenticated);
    expect(fetches).toBe(2);
  });

  it('lets nobody with a known key wait for a provider that does not answer', async () => {
    await find('a');
    await vi.advanceTimersByTimeAsync(COOLDOWN_MS);
    answer = () => new Promise(() => undefined);
    void find('junk').catch(() => undefined);
    expect(fetches).toBe(2);
    await expect(find('b')).resolves.toBeDefined();
  });

  it('says 503 while no key has ever been known, and tries again after the cool-down', async () => {
    answer = () => Promise.reject(new Error('away'));
    await expect(find('a')).rejects.toMatchObject({ code: 'service-unavailable' });
    answer = () => Promise.resolve(setOf('a'));
    await expect(find('a')).rejects.toMatchObject({ code: 'service-unavailable' });
    expect(fetches).toBe(1);
    await vi.advanceTimersByTimeAsync(COOLDOWN_MS);
    await expect(find('a')).resolves.toBeDefined();
  });

  it('forgets withdrawn keys by itself, also when nobody comes', async () => {
    await find('b');
    answer = () => Promise.resolve(setOf('a'));
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    await expect(find('b')).rejects.toEqual(unauthenticated);
    await expect(find('a')).resolves.toBeDefined();
  });

  it('keeps the last good set for as long as there is no other, and asks on', async () => {
    await find('a');
    answer = () => Promise.reject(new Error('away'));
    await vi.advanceTimersByTimeAsync(100 * REFRESH_MS);
    await expect(find('a')).resolves.toBeDefined();
    answer = () => Promise.resolve(setOf('c'));
    await vi.advanceTimersByTimeAsync(2 * COOLDOWN_MS);
    await expect(find('c')).resolves.toBeDefined();
  });
});
