import type { ServerProcess } from '../../postgres/swap/swap-session.js';
import type { KnownStates } from '../../filestore/swap/filestore-states.js';
import type { SwapNames } from '../../postgres/swap/swap-databases.js';

/**
 * What a cutover is about to do. `begun`: nothing is touched yet. `revert`, `recover` and `ask` are written by
 * those who put things right. `done`: all that is left is to give the previous directory its final name.
 */
export type JournalStep =
  | 'begun'
  | 'swap-databases'
  | 'exchange-directories'
  | 'open'
  | 'done'
  | 'revert'
  | 'recover'
  | 'ask';

/** Everything that somebody who comes later needs to know where things are. Plain data: it is stored as JSON. */
export interface CutoverRecord {
  step: JournalStep;
  /** ISO 8601. No file of the staged directory was changed after it. */
  startedAt: string;
  /** ISO 8601: when the databases were about to be swapped. */
  swapAt?: string;
  database?: DatabaseRecord;
  filestore?: FilestoreRecord;
  /** Why a person has to look; once it is written down nobody acts any more. */
  ask?: string;
}

export interface DatabaseRecord {
  /** Of the server, as `initdb` made it. */
  systemIdentifier: string;
  /** The database from which the others are renamed. */
  maintenance: string;
  names: SwapNames;
  /** False for a previous state that is swapped back: it was closed, and stays so if that fails. */
  shadowWasOpen: boolean;
  /** Everybody who may have a statement on its way to the server. */
  backends: ServerProcess[];
  /** Rows written in the live database so far, as PostgreSQL counts them. */
  writes: number;
  /** The live database was closed by us while its names were as before. */
  closedByUs?: boolean;
}

/** Both states of the filestore by what they are, and where they may be. */
export interface FilestoreRecord extends KnownStates {
  keptPath: string;
  /** Where the other directory may be; the last is the newest name. */
  stagedPaths: string[];
}

/** Where a cutover writes down what it does, so that somebody else can finish or revert it. */
export interface CutoverJournal {
  /**
   * Puts this record in the place of the one before. After it resolves, the record survives a power cut.
   * Rejects when it could not be written, and when somebody else has taken the cutover over: whoever
   * called it must then touch nothing any more.
   */
  write(record: CutoverRecord): Promise<void>;
}

/** What is called before anything is touched and after everything is open again, such as to hold a pooler's clients back. */
export interface CutoverHooks {
  /** Rejects with `EngineError('hook-failed')`: the cutover does not begin. */
  before(): Promise<void>;
  /** Called whenever `before` was, however it ended; perhaps twice. Never rejects: returns a sentence for what went wrong. */
  after(outcome: 'completed' | 'reverted'): Promise<string[]>;
}
