import type { Quota } from '../contract/generated/types.gen.js';
import type { QuotaState } from './quotas.js';

export function toQuotaStateDto({ name, limit, source, used }: QuotaState): Quota {
  return { name, limit, source, used, reached: limit !== null && used >= limit };
}
