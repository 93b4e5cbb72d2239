import { useSyncExternalStore } from 'react';
import { session } from './session.js';
import type { SessionState } from './session.js';

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}
