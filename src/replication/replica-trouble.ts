import { NotDone } from '../keeper/upkeep.js';
import { BackendError, type BackendErrorCode } from '../vault/backend/backend-error.js';
import { KeyError } from '../vault/keys/key-error.js';
import { ReplicaError, type ReplicaErrorCode } from '../vault/replica/replica-error.js';
import { VaultError } from '../vault/vault-error.js';

/** What the vault's own store says comes as a `ReplicaError` by then: a `BackendError` is the replica's. */
const BACKEND: Partial<Record<BackendErrorCode, ReplicaErrorCode>> = {
  'disk-full': 'replica-full',
  denied: 'replica-denied',
};

/** Whether the trouble is that of one snapshot, and the others can be copied. */
export function isOfOneSnapshot(error: unknown): boolean {
  return error instanceof KeyError || (error instanceof ReplicaError && error.isOfOneSnapshot);
}

/** What people are told of it; what is none of ours stays as it is. */
export function toReplicaTrouble(error: unknown): unknown {
  if (error instanceof ReplicaError) {
    return new NotDone({ code: error.code, message: error.message }, error.needsPerson);
  }
  if (error instanceof BackendError) {
    const code = BACKEND[error.code] ?? 'replica-unreachable';
    return new NotDone({ code, message: `The replica cannot be used: ${error.message}` });
  }
  // The store acknowledged what it does not have.
  if (error instanceof VaultError && error.code === 'vault-unwritable') {
    return new NotDone({ code: 'replica-unreachable', message: `The replica cannot be used: ${error.message}` });
  }
  return error;
}
