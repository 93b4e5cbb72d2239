import type { DatabaseLocale } from '../../postgres/databases/database-locale.js';
import type { ServerMoment } from '../../postgres/databases/server-moment.js';
import type { StateProperties } from '../../postgres/properties/database-properties.js';
import type { RestoreWarning } from '../database/restore-warning.js';

/**
 * A restored snapshot that is kept beside the live state to take its place at once: what it is, and by what it is recognised. Plain
 * data: it is stored as JSON.
 */
export interface BuiltStandby {
  database?: BuiltDatabase;
  directory?: BuiltDirectory;
  /** What of the snapshot did not come back quite as it was. */
  warnings: readonly RestoreWarning[];
}

export interface BuiltDatabase {
  name: string;
  oid: number;
  /** See `ClosedDatabase`: as long as it is this one, nobody has been in it. */
  closedXmin: string;
  /** When all was in it. */
  at: ServerMoment;
  /** No transaction that wrote the rows that were compared has this id (64 bits, decimal) or a later one; whoever wrote rows afterwards has. */
  horizon: string;
  /** All of it has been seen to be on disk. */
  onDisk: boolean;
  /** What it was made like, and cannot be changed afterwards. */
  like: Likeness;
  /** Of the snapshot, as far as they can be set; undefined for one too old to have them. */
  captured?: StateProperties;
  /** What of them cannot. */
  settingsWarnings: readonly RestoreWarning[];
  bytes: number;
}

/** What a database that takes another one's place has in common with it from its creation. */
export interface Likeness extends DatabaseLocale {
  owner: string;
  tablespace: string;
}

export interface BuiltDirectory {
  path: string;
  /** `device:inode:birth`. */
  identity: string;
  /** See `sealOf`. */
  seal: string;
  files: number;
  bytes: number;
}

export function likenessOf(like: Likeness): Likeness {
  const { owner, tablespace, encoding, collate, ctype, localeProvider, providerLocale, icuRules } = like;
  return { owner, tablespace, encoding, collate, ctype, localeProvider, providerLocale, icuRules };
}
