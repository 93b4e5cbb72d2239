import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { session } from '../session/session.js';
import { isUnauthenticated } from './snapback.js';

/** What is shown is at most so old when somebody comes to a page again. */
const FRESH_MS = 5_000;

function heed(error: unknown): void {
  if (isUnauthenticated(error)) session.expire();
}

/** The client of the service repeats by itself what may be repeated: nothing is repeated here. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: heed }),
  mutationCache: new MutationCache({ onError: heed }),
  defaultOptions: {
    queries: { retry: false, staleTime: FRESH_MS, refetchOnWindowFocus: true, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/** Of another person or organization nothing may be left. */
let whose: string | undefined;
session.subscribe(() => {
  const state = session.snapshot();
  if (state.status === 'signed-out') whose = undefined;
  if (state.status !== 'signed-in') return;
  if (whose !== undefined) void queryClient.invalidateQueries();
  whose = state.token;
});

/** How often lists of what changes by itself are asked for again. What runs is streamed. */
export const LIST_REFRESH_MS = 10_000;
