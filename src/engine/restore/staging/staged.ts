import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { Neutralized } from '../../filestore/neutralizing/neutralize-rules.js';
import type { KnownDirectories } from '../../filestore/paths/directory-identity.js';
import type { PropertiesSource, StateProperties } from '../../postgres/properties/database-properties.js';
import type { RestoreWarning } from '../database/restore-warning.js';
import type { SwapNames } from '../../postgres/swap/swap-databases.js';

/** What has been rebuilt beside the live state and can take its place. */
export interface Staged {
  attemptId: string;
  database?: StagedDatabase;
  filestore?: StagedFilestore;
  /** What of the database is not quite as it was, if anything. */
  warnings?: readonly RestoreWarning[];
}

export interface StagedDatabase {
  /** Of a database of the same server that is neither live nor shadow: from there databases are renamed. */
  maintenance: DatabaseAddress;
  names: SwapNames;
  /** Where its settings, comment and connection limit come from; default `live`. */
  properties?: PropertiesSource;
  /**
   * The `xmin` of its row in `pg_database` since it was closed: as long as it is this one, nobody has been in it. Not of a
   * previous state.
   */
  closedXmin?: string;
  /** What it can have of the snapshot's own properties, whoever's it is given; undefined when nobody knows. */
  captured?: StateProperties;
  /** What of those cannot be set here. */
  settingsWarnings?: readonly RestoreWarning[];
  /** What was restored, and compared with the snapshot. */
  compared?: { tables: number; rows: number; horizon: string };
  /** It is a previous state that is swapped back: closed, and not to be discarded. */
  isKeptState?: boolean;
}

/**
 * Absolute paths without symbolic links; the staged and the kept one are in one enclosure beside the live one. What they are was
 * noted when the one was begun and the other was built: only those two are exchanged.
 */
export interface StagedFilestore extends KnownDirectories {
  livePath: string;
  stagedPath: string;
  keptPath: string;
  files: number;
  bytes: number;
  /** What of the captured files it has not, or otherwise. */
  neutralized?: Neutralized;
  /** See `StageRequest`. */
  seal?: string;
}
