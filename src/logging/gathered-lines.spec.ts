import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatheredLines } from './gathered-lines.js';

describe('GatheredLines', () => {
  const written: string[] = [];
  const messages = () =>
    written.map((lines) =>
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).msg as string),
    );
  let logger: ReturnType<typeof pino>;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    written.length = 0;
    logger = pino({}, new GatheredLines({ write: (lines) => written.push(lines) }));
  });
  afterEach(() => void vi.useRealTimers());

  it('writes lines that come together as one, some milliseconds later', () => {
    logger.info('one');
    logger.info('two');
    expect(written).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(messages()).toEqual([['one', 'two']]);
    logger.info('three');
    vi.advanceTimersByTime(10);
    expect(messages()).toEqual([['one', 'two'], ['three']]);
  });

  it('writes a warning at once, behind all that came before it', () => {
    logger.info('one');
    logger.warn('two');
    expect(messages()).toEqual([['one', 'two']]);
    vi.advanceTimersByTime(10);
    expect(written).toHaveLength(1);
  });

  it('does not wait for more than it may hold', () => {
    logger.info('x'.repeat(70_000));
    expect(written).toHaveLength(1);
  });

  it('writes what is left when the process ends', () => {
    logger.info('last');
    // Not all that wait for that: the process goes on, and others have freed what they hold then.
    process.listeners('exit').at(-1)?.(0);
    expect(messages()).toEqual([['last']]);
  });
});
