import type { LogPosition } from '../../../../vault/manifests/manifest-database.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { type AskedRelation, readWritten } from '../history/log-summaries.js';
import { bytesInRange } from './segment-plan.js';
import type { SegmentTask } from './segment-tasks.js';

/** What is looked through faster than a server makes a checkpoint. */
const LEAST_LOG_BYTES = 256 * 1024 * 1024;
/** Less than looking through the tables takes, even from memory: whoever asks the log in vain has lost no more than that. */
const BYTES_A_MS = 2 * 1024 * 1024;
const LONGEST_PATIENCE_MS = 60_000;
const SHORTEST_PATIENCE_MS = 2_000;

export interface UnwrittenSegments {
  /** Known to have the base's rows. */
  unchanged: SegmentTask[];
  /** Everything else, in its order. */
  rest: readonly SegmentTask[];
  /** Why the log says nothing; a sentence. Undefined where it was not asked. */
  reason?: string;
}

/**
 * The tasks whose rows are the base's because nobody has written to their blocks since, as the server's log has it. How long to wait for
 * it, and whether to ask at all, is told by sizes, which decide nothing else. `since`: of the base; undefined where
 * it has none. Rejects with `signal.reason` only.
 */
export async function findUnwritten(
  address: DatabaseAddress,
  tasks: readonly SegmentTask[],
  options: { since: LogPosition | undefined; databaseOid: number; leastBytes: number | undefined; signal: AbortSignal },
): Promise<UnwrittenSegments> {
  const { since, databaseOid, leastBytes = LEAST_LOG_BYTES, signal } = options;
  const asked = tasks.filter(isInLog);
  const bytes = asked.reduce((sum, { of, range }) => sum + bytesInRange(of.size, range), 0);
  if (since === undefined || asked.length === 0 || bytes < leastBytes) return { unchanged: [], rest: tasks };
  const byFilenode = Map.groupBy(asked, ({ of }) => of.source.filenode);
  const relations: AskedRelation[] = [...byFilenode].map(([filenode, ranges]) => ({
    filenode,
    starts: ranges.map(({ range }) => range.fromBlock).sort((a, b) => a - b),
  }));
  const patienceMs = Math.round(Math.min(LONGEST_PATIENCE_MS, Math.max(SHORTEST_PATIENCE_MS, bytes / BYTES_A_MS)));
  const findings = await readWritten(address, { since, databaseOid, relations, patienceMs }, { signal });
  if ('reason' in findings) return { unchanged: [], rest: tasks, reason: findings.reason };
  const unchanged = new Set<SegmentTask>();
  for (const { filenode, starts } of relations) {
    const written = findings.written.get(filenode);
    const index = new Map(starts.map((start, at) => [start, at]));
    for (const task of byFilenode.get(filenode)!) {
      if (!written?.has(index.get(task.range.fromBlock)!)) unchanged.add(task);
    }
  }
  return { unchanged: [...unchanged], rest: tasks.filter((task) => !unchanged.has(task)) };
}

/** What has no block is known to be empty; what the log does not have may have been written by anybody. */
function isInLog({ of, baseRows }: SegmentTask): boolean {
  return baseRows !== undefined && of.source.isLogged && of.source.isHeap && of.size.blocks > 0;
}
