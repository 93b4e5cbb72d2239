import { useQuery } from '@tanstack/react-query';
import { operationsListOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { OperationPage, OperationState } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';

const EVERY_MS = 5_000;
/** Enough to show, and to know of whom something is under way. */
const LIMIT = 20;

/** Those in a state, the oldest first; asked once, whoever on the page wants to know. */
export function useOperations(state: OperationState): OperationPage | undefined {
  return useQuery({ ...operationsListOptions({ client, query: { state, limit: LIMIT } }), refetchInterval: EVERY_MS })
    .data;
}

/** The environments of which a snapshot is being taken, or waits to be. */
export function useBeingTaken(): ReadonlySet<string | null> {
  const operations = [...(useOperations('running')?.items ?? []), ...(useOperations('queued')?.items ?? [])];
  return new Set(operations.filter(({ kind }) => kind === 'snapshot').map(({ environmentId }) => environmentId));
}
