import type { Client } from 'pg';
import { TokenBucket } from '../../../vault/backend/wrappers/token-bucket.js';
import { leaseConnections } from '../../postgres/connection/connection-budget.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { toEngineError } from '../../postgres/connection/postgres-errors.js';
import { quoteIdentifier } from '../../postgres/sql/quote.js';
import type { DatabaseBase } from './history/database-base.js';
import { decideLineage } from './history/lineage.js';
import type { DatabaseCaptureContext } from './database-capture-context.js';
import { type DatabaseCaptured, DatabaseRun } from './database-run.js';
import { settleCut, type SettledCut, type SettledCutOptions } from './cut/settled-cut.js';

export interface DatabaseCaptureOptions extends SettledCutOptions {
  /** Connections that read rows at a time; what `leaseConnections` gives unless told. For tests. */
  connections?: number;
  /** Limits the rows' text that is read in a second; no limit unless told. */
  maxBytesPerSecond?: number;
  /** The full snapshot to compare with; everything is read unless told. */
  base?: DatabaseBase;
  /** What a segment is meant to have; `SEGMENT_BYTES` unless told. For tests. */
  segmentBytes?: number;
  /** From how much on the server's log is asked what was written; `LEAST_LOG_BYTES` unless told. For tests. */
  leastLogBytes?: number;
  /** Up to how large contents that are not captured are looked at; `CONTENTS_BYTES` unless told. For tests. */
  contentsBytes?: number;
}

/** A database at one moment, which nobody can change or rewrite any more, ready to be read. */
export interface DatabaseCapture {
  readonly serverVersion: string;
  /** For whoever else wants to see this moment, until it is let go of. */
  readonly snapshotName: string;
  readonly databaseBytes: number;
  /** `differential` when the base can be built on. Whether anything is the same is known after `run`. */
  readonly type: 'full' | 'differential';
  /**
   * Reads all there is into the vault; once. The moment is let go of as soon as the last row is read, before the
   * last entries are written. Rejects with an `EngineError`, a `VaultError` or `signal.reason`. */
  run(context: DatabaseCaptureContext): Promise<DatabaseCaptured>;
  /**
   * Runs something on the connection that holds the locks of the moment, under the role's own `search_path`: it waits for nobody who
   * waits for them. Only when all rows have been read. Rejects as `work` does.
   */
  underLocks<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Lets go of the moment. Never rejects. */
  close(): Promise<void>;
}

/**
 * Takes the cut. Whatever else belongs to the snapshot is read after this has resolved, because it may take several
 * cuts. The caller closes. Rejects with an `EngineError` (`tables-busy` when a table is being changed all the time) or
 * with `signal.reason`.
 */
export async function openDatabaseCapture(
  address: DatabaseAddress,
  options: DatabaseCaptureOptions,
  context: { signal: AbortSignal },
): Promise<DatabaseCapture> {
  const settled = await settleCut(address, options, context);
  const { cut } = settled;
  const lease = await leaseConnections(cut.client).catch(async (error: unknown) => {
    await settled.close();
    throw toEngineError(error, address);
  });
  const basis = decideBasis(options.base, { ...cut.moment, major: cut.major });
  const run = new DatabaseRun(address, settled, {
    ...basis,
    connections: options.connections ?? lease.count,
    ...(options.segmentBytes !== undefined && { segmentBytes: options.segmentBytes }),
    ...(options.leastLogBytes !== undefined && { leastLogBytes: options.leastLogBytes }),
    ...(options.contentsBytes !== undefined && { contentsBytes: options.contentsBytes }),
    ...(options.maxBytesPerSecond !== undefined && {
      rate: new TokenBucket({ bytesPerSecond: options.maxBytesPerSecond }),
    }),
  });
  return {
    serverVersion: cut.serverVersion,
    snapshotName: cut.snapshotName,
    databaseBytes: cut.databaseBytes,
    type: basis.base ? 'differential' : 'full',
    run: (context) => run.run(context),
    underLocks: (work) => underLocks(settled, work),
    close: async () => {
      await settled.close();
      lease.release();
    },
  };
}

async function underLocks<T>(
  { cut: { client }, searchPath }: SettledCut,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  await client.query('SAVEPOINT under_locks');
  try {
    await client.query(`SET LOCAL search_path TO ${searchPath.map(quoteIdentifier).join(', ')}`);
    return await work(client);
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT under_locks');
  }
}

interface Basis {
  base?: DatabaseBase;
  horizon?: bigint;
  /** Why there is a base and it is of no use. */
  noBaseReason?: string;
}

function decideBasis(base: DatabaseBase | undefined, now: Parameters<typeof decideLineage>[1]): Basis {
  if (!base) return {};
  const decision = decideLineage(base.lineage, now);
  if (!decision.continues) return { noBaseReason: decision.reason };
  return { base, horizon: BigInt(base.lineage!.horizon) };
}
