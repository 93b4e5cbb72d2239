import { QueryClient } from '@tanstack/react-query';
import { session } from '../session/session.js';
import { ownerOf } from '../session/token.js';

/** What is shown is at most so old when somebody comes to a page again. */
const FRESH_MS = 5_000;

/** The client of the service repeats by itself what may be repeated: nothing is repeated here. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: FRESH_MS, refetchOnWindowFocus: true, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});

let before = session.snapshot();
let whose: string | undefined;
session.subscribe(() => {
  const state = session.snapshot();
  if (state.status === 'signed-in') {
    const owner = ownerOf(state.token);
    // Of another person or organization nothing may be left, and what was refused is asked for again.
    if (whose !== undefined && owner !== whose) void queryClient.resetQueries();
    else if (before.status === 'expired') void queryClient.invalidateQueries();
    whose = owner;
  } else if (state.status === 'signed-out') {
    queryClient.clear();
    whose = undefined;
  }
  before = state;
});

/** How often lists of what changes by itself are asked for again. What runs is streamed. */
export const LIST_REFRESH_MS = 10_000;
