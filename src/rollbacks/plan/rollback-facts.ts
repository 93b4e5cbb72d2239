import type { EnvironmentType, Finding } from '../../contract/generated/types.gen.js';
import type { LeftOutSummary } from '../../engine/capture/left-out-summary.js';
import type { RestoreFinding } from '../../engine/postgres/capabilities/restore-finding.js';
import type { FilestoreFacts } from '../../engine/filestore/facts/filestore-facts.js';
import type { DatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import type { PropertiesFacts } from './plan-properties.js';
import type { Knowledge } from '../../snapshots/restorability/restorability.js';

/** Everything a plan is made from, gathered at one moment. */
export interface RollbackFacts {
  createSafetySnapshot: boolean;
  snapshot: {
    id: string;
    baseSnapshotId: string | null;
    serverVersion: string | null;
    /** Null: the snapshot has no database. */
    databaseBytes: number | null;
    /** Null: the snapshot has no filestore. */
    filestoreBytes: number | null;
    fileCount: number | null;
    warnings: number;
    /** What it has not, though it was there. */
    leftOut: LeftOutSummary | null;
    /** What is known of whether it can be restored. */
    known: Knowledge;
  };
  source: { id: string; type: EnvironmentType };
  target: {
    id: string;
    type: EnvironmentType;
    hasDatabase: boolean;
    hasFilestore: boolean;
    hasNeutralizeSql: boolean;
    /** Also when they name nothing. */
    hasNeutralizePaths: boolean;
    allowUnneutralized: boolean;
    hasBeforeHook: boolean;
  };
  /** The target's pool, where it is none of this process's, so that nothing was looked at. */
  unreachablePool: string | null;
  /** Null: not part of this rollback, or nothing was looked at. A finding: it could not be looked at. */
  database: DatabaseSide | Finding | null;
  filestore: FilestoreSide | Finding | null;
  /** A standby of the snapshot is there: nothing has to be built, unless it turns out to be another thing than what was built. */
  standsReady: boolean;
  /** Of the database; null when it is not part of this rollback, or could not be looked at. */
  needs: NeedsFacts | null;
}

export interface NeedsFacts {
  properties: PropertiesFacts;
  /** What of that which the snapshot's database needs is not there; nothing is known of snapshots that are too old. */
  findings: RestoreFinding[];
}

export interface DatabaseSide {
  facts: DatabaseFacts;
  /** It is the service's own database. */
  isOwn: boolean;
  /** Its server has said which one it is. */
  isIdentified: boolean;
  /** Another environment is registered with the same database. */
  isShared: boolean;
  /** Its name, where it may be told. */
  sharedWith?: string;
}

export interface FilestoreSide {
  facts: FilestoreFacts;
  /** It overlaps with what the service keeps its own data in. */
  isOwn: boolean;
  /** Another environment's filestore is the same directory, or one lies in the other. */
  isShared: boolean;
  /** Its name, where it may be told. */
  sharedWith?: string;
  /** An earlier rollback keeps a previous directory, or a standby is there, which can be removed to make room. */
  hasKeptState: boolean;
}

export function isFinding(side: object): side is Finding {
  return 'code' in side;
}
