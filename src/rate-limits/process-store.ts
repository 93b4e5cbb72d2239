import type { ThrottlerStorage } from '@nestjs/throttler';
import { RequestCounts } from './request-counts.js';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * The throttler's store in the memory of this process, bounded. The one that comes with it keeps an entry for
 * each request and as many keys as somebody thinks of.
 */
export class ProcessStore implements ThrottlerStorage {
  private readonly counts = new Map<string, RequestCounts>();

  async increment(key: string, ttl: number, limit: number, _: number, name: string): Promise<ThrottlerStorageRecord> {
    const counts = this.counts.get(name) ?? new RequestCounts(ttl);
    this.counts.set(name, counts);
    const { used, resetSeconds } = counts.count(key, performance.now());
    const isBlocked = used > limit;
    return {
      totalHits: used,
      timeToExpire: resetSeconds,
      isBlocked,
      timeToBlockExpire: isBlocked ? resetSeconds : 0,
    };
  }
}
