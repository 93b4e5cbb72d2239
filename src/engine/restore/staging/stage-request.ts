import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { NeutralizeRule } from '../../filestore/neutralizing/neutralize-rules.js';
import type { NotesSink } from '../../notes/restored-notes.js';
import type { DatabaseFacts } from '../../postgres/databases/database-facts.js';
import type { VerificationMode } from '../database/comparison/hashed-tables.js';

/** What is to be rebuilt, and in whose image. */
export interface StageRequest {
  project: string;
  snapshotId: string;
  /** A uuid of its own for every attempt; the names of shadow and staged directory derive from it. */
  attemptId: string;
  /**
   * Takes what a later capture can build on; left out when nobody wants it. Not for a copy that belongs to somebody else or is neutralised: it is not
   * what was captured.
   */
  notes?: NotesSink;
  database?: {
    /** The live database, which may be another environment's than the snapshot's. */
    address: DatabaseAddress;
    /** Its facts: the shadow is made like it. */
    like: DatabaseFacts;
    keepOwnersAndPrivileges: boolean;
    /** Whose settings, comment and connection limit the database itself gets; default `live`. */
    properties?: 'captured' | 'live';
    /** How the shadow is compared with the snapshot, before anything else happens to it; default `counts`. */
    verification?: VerificationMode;
    /** Run in the shadow before anybody else may enter it. */
    neutralizeSql?: string;
    /** Over how many connections it is filled; default as many as there may be. */
    sessions?: number;
  };
  filestore?: {
    /** The live directory. */
    path: string;
    /** Its inode when it was looked at, decimal: another directory is not replaced. */
    inode?: string;
    /** Files that are live and as they were captured are copied; false: everything comes from the vault. Default true. */
    reuseLive?: boolean;
    /** Whether every file is read again and compared with the snapshot; default false. */
    compare?: boolean;
    /** What becomes of files before anybody else may see them. */
    neutralizePaths?: readonly NeutralizeRule[];
    /** Whether it is sealed (`sealOf`) around the comparison, for whoever keeps it; default false. */
    seal?: boolean;
  };
}
