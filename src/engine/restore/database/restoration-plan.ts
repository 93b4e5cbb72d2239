import type { Client } from 'pg';
import type { VaultReader } from '../../../vault/vault.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { Description } from '../../postgres/description/described-object.js';
import type { DatabaseSurvey } from './order/database-survey.js';
import type { VerificationMode } from './comparison/hashed-tables.js';
import type { RestoreWarning } from './restore-warning.js';
import type { NotedDatabase } from '../notes/note-tables.js';
import type { VerifiedDatabase } from './comparison/verify-database.js';

export interface RestorationPlan {
  project: string;
  snapshotId: string;
  vault: VaultReader;
  /** What `DatabaseSurveyor` found in the same manifest. */
  survey: DatabaseSurvey;
  /** What the definitions are to be; undefined for a snapshot of an older version, which did not note it. */
  description: Description | undefined;
  address: DatabaseAddress;
  serverMajor: number;
  /** False: everything belongs to the address's role and nobody else has privileges. */
  keepOwnersAndPrivileges: boolean;
  verification: VerificationMode;
  /** Whether it is noted what the tables are by, for a later capture; see `noteTables`. */
  takesNotes?: boolean;
  /** Done when all is there and was compared, and before event triggers could notice. */
  beforeEventTriggers?: (client: Client) => Promise<void>;
}

export interface RestoredDatabase extends VerifiedDatabase {
  /** Named by the definitions, and not on the server; sorted. */
  missingRoles: readonly string[];
  /**
   * Above all transactions that have made the rows that were compared, and not above any of later: constraints, views and statistics call functions of
   * somebody's, which may do anything.
   */
  horizon: string;
  /** Undefined where none were wanted, or nothing can be built on it. */
  notes?: NotedDatabase;
  /** What is not quite as it was, or was not quite done as it is done, in the order in which it came up. */
  warnings: RestoreWarning[];
}
