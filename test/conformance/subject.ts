import type { Backend, ObjectLocks } from '../../src/vault/backend/backend.js';

/** A backend on trial. */
export interface Subject {
  backend: Backend;
  close(): Promise<void>;
  /** Stores an object of one byte for each key, faster than the backend could. Where it is not given, the backend does. */
  seed?(keys: readonly string[]): Promise<void>;
}

/** One that locks objects. */
export interface LockingSubject extends Subject {
  locks: ObjectLocks;
  /** How many of an object there are, with what hides it. */
  versionsOf(key: string): Promise<number>;
}

export interface SubjectOptions {
  /** How many objects the long listing has. */
  manyKeys: number;
}
