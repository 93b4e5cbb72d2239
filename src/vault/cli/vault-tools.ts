import type { Backend } from '../backend/backend.js';
import type { ProjectSummary } from '../check/finding.js';
import type { Connections } from '../catalogue/postgres/connections.js';
import type { PostgresCatalogue } from '../catalogue/postgres/postgres-catalogue.js';
import type { MasterKey } from '../keys/master-key.js';
import type { VaultStore } from '../objects-alone/open-snapshot.js';

/** An opened vault, as the command line gets it. */
export interface VaultTools {
  backend: Backend;
  catalogue: PostgresCatalogue;
  connections: Connections;
  masterKey: MasterKey;
  /** The snapshots a project should have, as far as somebody beside the vault knows. */
  expected?(project: string): Promise<string[]>;
  /** Told of each project that was checked: all its snapshots, whole or damaged. */
  checked?(summary: ProjectSummary): Promise<void>;
  /** Makes the rows of whoever owns the vault anew from it. */
  importAll?(work: CommandWork): Promise<void>;
  close(): Promise<void>;
}

/** The objects and the key alone: nothing is written, and no database is asked. */
export interface StoreTools extends VaultStore {
  /** Writes a snapshot down as files. */
  extract?(request: ExtractArguments, work: CommandWork): Promise<void>;
  close(): Promise<void>;
}

export interface ExtractArguments {
  project: string;
  snapshotId: string;
  /** A directory that is not there yet, or is empty. */
  to: string;
  filesAs: 'tree' | 'tar';
}

/** What a command that is done by others tells, and when it is to end. */
export interface CommandWork {
  /** Sentences for people. */
  done: (message: string) => void;
  /** The same, for what could not be done: the exit status will be 1. */
  failure: (message: string) => void;
  signal: AbortSignal;
}

/** Opened as a command needs it, and closed when it has ended. */
export interface VaultOpeners {
  access(): Promise<VaultTools>;
  store(from: { replica: boolean }): Promise<StoreTools>;
}

/** Why a command that is done by others could not be done, in a sentence that says what to do. */
export class CommandError extends Error {
  override name = 'CommandError';
}
