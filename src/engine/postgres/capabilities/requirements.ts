/*
 * What a server and a role must have so that a captured database can be restored there. Plain data: it is stored as JSON, in
 * the manifest and on the snapshot's row. Names are as SQL writes them, quoted where they have to be.
 */

/** So many names are kept of a kind; `count` has all. */
export const MOST_NAMES = 20;
/** So many roles are kept, and extensions; what is beyond cannot be judged. */
export const MOST_JUDGED = 500;

export interface Named {
  count: number;
  /** The first ones. */
  names: string[];
}

/** Things that need the same role, tablespace or the like. */
export interface NeededBy {
  name: string;
  count: number;
  /** One of the things. */
  example: string;
}

export interface RequiredExtension {
  name: string;
  version: string;
  /** What its control file says on the server it was captured on; null where that version is not offered any more. */
  superuser: boolean | null;
  trusted: boolean | null;
  /** Members with other privileges than the extension gives them. */
  privileges: Named;
  /**
   * Functions of it that were written anew since it was created. Only a hint: an upgrade of the server or of the extension
   * may have done that.
   */
  perhapsAltered: Named;
  /** Those of them that are immutable, with an index, a generated column or a partition key that has to have them so. Absent: nobody looked. */
  alteredAndNeeded?: Named;
  /** Its tables that have rows which are captured. */
  tables: Named;
}

/** What nobody but a superuser can create, whoever owns it. */
export type SuperuserKind =
  | 'languages'
  | 'functions'
  | 'leakproof-functions'
  | 'support-functions'
  | 'aggregates'
  | 'types'
  | 'operator-classes'
  | 'operator-families'
  | 'access-methods'
  | 'casts'
  | 'transforms'
  | 'text-search-parsers'
  | 'foreign-data-wrappers'
  | 'event-triggers'
  | 'publications';

export interface RequiredCollation {
  /** Null for the database's own. */
  name: string | null;
  /** `libc`, `icu` or `builtin`. */
  provider: string;
  locale: string;
  /** Of the library; null where it has none. */
  version: string | null;
  /** Made in the database, and not there from its beginning. */
  isOwn: boolean;
}

export interface DatabaseRequirements {
  format: 1;
  extensions: RequiredExtension[];
  superuserOnly: Partial<Record<SuperuserKind, Named>>;
  /** Who owns something, the capturing role too. */
  owners: NeededBy[];
  /** Who granted something of somebody else's. */
  grantors: NeededBy[];
  /** Who has default privileges. */
  defaultPrivileges: NeededBy[];
  /** Whose privileges in the system's own objects were changed, by owner of the objects. */
  systemPrivileges: NeededBy[];
  /** Whom privileges and user mappings name, beside those above. */
  grantees: string[];
  /** Whom policies name. */
  policyRoles: string[];
  /** Parameters that functions set. */
  parameters: NeededBy[];
  /** Foreign servers by the extension that has their wrapper; those of a wrapper of its own need no other reason. */
  foreignServers: { extension: string; servers: Named }[];
  /** User mappings whose options the capturing role was not shown. */
  hiddenMappings: Named;
  /** Beside the database's own. */
  tablespaces: NeededBy[];
  collations: RequiredCollation[];
  /** By provider. */
  securityLabels: NeededBy[];
  subscriptions: Named;
}

export const nothingNamed: Named = { count: 0, names: [] };
