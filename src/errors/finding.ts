import type { Finding } from '../contract/generated/types.gen.js';
import { EngineError } from '../engine/engine-error.js';
import { BackendError } from '../vault/backend/backend-error.js';
import { CatalogueError } from '../vault/catalogue/catalogue-error.js';
import { KeyError } from '../vault/keys/key-error.js';
import { PackError } from '../vault/packs/pack-error.js';
import { PipelineError } from '../vault/packing/pipeline-error.js';
import { ReplicaError } from '../vault/replica/replica-error.js';
import { VaultError } from '../vault/vault-error.js';
import { Problem } from './problem.js';

/** An error as something to keep and show: the sentences of our own errors, and no others', which may hold anything. */
export function toFinding(error: unknown): Finding {
  if (isOurs(error)) return { code: error.code, message: error.message };
  if (error instanceof Problem) return { code: error.code, message: error.detail };
  return {
    code: 'internal-error',
    message: 'Something went wrong on our side; the log of the worker has the details.',
  };
}

/** The errors of engine and vault: each has a stable code and a sentence without secrets. */
const ours = [EngineError, VaultError, BackendError, CatalogueError, KeyError, PackError, PipelineError, ReplicaError];

function isOurs(error: unknown): error is { code: string; message: string } {
  return ours.some((kind) => error instanceof kind);
}

/** Whether `toFinding` hides what happened, so that it must be logged. */
export function isUnexpected(error: unknown): boolean {
  return !(isOurs(error) || error instanceof Problem);
}
