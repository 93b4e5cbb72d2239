import { availableParallelism } from 'node:os';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { LaneConnection } from './lane-connection.js';

/** More connections than this would slow down who else is on the server, and gain little. */
const MAX_LANES = 8;

export function defaultLanes(): number {
  return Math.min(availableParallelism(), MAX_LANES);
}

export interface LaneOptions {
  address: DatabaseAddress;
  serverMajor: number;
  lanes: number;
  signal: AbortSignal;
}

/**
 * Runs the same function once a lane, side by side, each with a connection of its own. The first failure
 * aborts the others' signal; when this rejects with it, all of them have ended and are disconnected.
 */
export async function onLanes(
  options: LaneOptions,
  work: (lane: LaneConnection, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let failure: { error: unknown } | undefined;
  const run = async () => {
    const lane = new LaneConnection(options.address, signal);
    try {
      signal.throwIfAborted();
      await work(lane, signal);
    } catch (error) {
      // Only the first one is a reason; the others fail because they were stopped.
      failure ??= { error };
      stop.abort(error);
    } finally {
      await lane.close();
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, run));
  options.signal.throwIfAborted();
  if (failure) throw failure.error;
}
