import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errors } from '../../errors/catalogue.js';
import type { Caller } from '../caller.js';
import { VerifiedTokens } from './verified-tokens.js';

const NOW = new Date('2026-11-30T12:00:00Z');

describe('VerifiedTokens', () => {
  let keys: object | undefined;
  const checks: string[] = [];
  let tokens: VerifiedTokens;

  const ask = (token: string, lifetimeSeconds = 3600): Promise<Caller> =>
    tokens.callerOf(token, async () => {
      checks.push(token);
      return callerUntil(new Date(NOW.getTime() + lifetimeSeconds * 1000));
    });

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date', 'performance'] });
    keys = {};
    checks.length = 0;
    tokens = new VerifiedTokens(() => keys, 3);
  });
  afterEach(() => void vi.useRealTimers());

  it('checks a token that comes again only once', async () => {
    const first = await ask('a');
    expect(await ask('a')).toBe(first);
    expect(checks).toEqual(['a']);
  });

  it('checks it again when the keys are others', async () => {
    await ask('a');
    keys = {};
    await ask('a');
    expect(checks).toEqual(['a', 'a']);
  });

  it('keeps no verdict of a check during which the keys became others', async () => {
    await tokens.callerOf('a', async () => {
      keys = {};
      return callerUntil(new Date(NOW.getTime() + 60_000));
    });
    await ask('a');
    expect(checks).toEqual(['a']);
  });

  it('keeps no verdict while there are no keys', async () => {
    keys = undefined;
    await ask('a');
    await ask('a');
    expect(checks).toEqual(['a', 'a']);
  });

  it('checks it again from its end on', async () => {
    await ask('a', 10);
    vi.advanceTimersByTime(9_999);
    await ask('a', 10);
    expect(checks).toHaveLength(1);
    vi.advanceTimersByTime(1);
    await ask('a', 10);
    expect(checks).toHaveLength(2);
  });

  it('checks it again after a minute', async () => {
    await ask('a');
    vi.advanceTimersByTime(60_000);
    await ask('a');
    expect(checks).toEqual(['a', 'a']);
  });

  it('keeps nothing of what was refused', async () => {
    const refuse = () => Promise.reject(errors.unauthenticated('The token is not valid.'));
    await expect(tokens.callerOf('a', refuse)).rejects.toThrow('The token is not valid');
    await ask('a');
    await expect(tokens.callerOf('b', refuse)).rejects.toThrow('The token is not valid');
    expect(checks).toEqual(['a']);
    expect(tokens.size).toBe(1);
  });

  it('never keeps more than it may, and forgets the oldest', async () => {
    for (const token of ['a', 'b', 'c', 'd']) await ask(token);
    expect(tokens.size).toBe(3);
    await ask('d');
    await ask('a');
    expect(checks).toEqual(['a', 'b', 'c', 'd', 'a']);
  });
});

function callerUntil(expiresAt: Date): Caller {
  return { subject: 'x', organization: 'x', permissions: new Set(), projects: null, expiresAt };
}
