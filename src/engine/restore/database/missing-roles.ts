import type { Client } from 'pg';
import type { ArchiveEntry } from './archive-entries.js';
import type { DefinitionsArchive } from './definitions-archive.js';
import { inRuns } from './entry-runs.js';
import { UNREADABLE } from './listing-decoder.js';
import { mapRoles, rolesIn } from './map-roles.js';

/** How an entry is restored: as it is, without its owner, or as SQL with other roles in it. */
export type EntryMode = 'as-is' | 'no-owner' | 'mapped';

/**
 * What becomes of roles that the definitions name and the server does not have: whatever they own or may do, the restoring role
 * owns or may do, but for default privileges, which are left out. Nobody else gets any more than was captured.
 */
export class RoleMapping {
  private constructor(
    private readonly ownRole: string,
    /** Of the entries that are not restored as they are. */
    private readonly modes: ReadonlyMap<number, EntryMode>,
    private readonly existing: ReadonlySet<string>,
    /** The roles that are not there, sorted. */
    readonly missing: readonly string[],
  ) {}

  /**
   * Compares the definitions with the server. `owners` false: ownership and privileges are left out anyway, and only policies
   * count. What cannot be read in the database's encoding is left to PostgreSQL. Rejects as `DefinitionsArchive.restore` does, and
   * with the driver's error.
   */
  static async find(
    archive: DefinitionsArchive,
    entries: readonly ArchiveEntry[],
    client: Client,
    { ownRole, owners, signal }: { ownRole: string; owners: boolean; signal: AbortSignal },
  ): Promise<RoleMapping> {
    const { rows } = await client.query<{ name: string }>('SELECT rolname::text AS name FROM pg_catalog.pg_roles');
    const existing = new Set(rows.map(({ name }) => name));
    const modes = new Map<number, EntryMode>();
    const missing = new Set<string>();
    for (const [id, owner] of owners ? await missingOwners(archive, entries, existing, signal) : []) {
      missing.add(owner);
      modes.set(id, 'no-owner');
    }
    const naming = entries.filter(({ kind }) => kind === 'privileges' || kind === 'policy').map(({ id }) => id);
    // Those that are not concerned stay with pg_restore.
    for (const { ids } of inRuns(naming, () => 'mapped')) {
      const sql = await archive.sqlOf(ids, signal);
      if (sql.includes(UNREADABLE)) continue;
      const named = [...rolesIn(sql)].filter((role) => !existing.has(role));
      for (const role of named) missing.add(role);
      if (named.length > 0) for (const id of ids) modes.set(id, 'mapped');
    }
    return new RoleMapping(ownRole, modes, existing, [...missing].toSorted());
  }

  modeOf(id: number): EntryMode {
    return this.modes.get(id) ?? 'as-is';
  }

  /** The SQL of `mapped` entries. */
  map(sql: string): string {
    return mapRoles(sql, (role) => (this.existing.has(role) ? role : this.ownRole));
  }
}

async function missingOwners(
  archive: DefinitionsArchive,
  entries: readonly ArchiveEntry[],
  existing: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<number, string>> {
  // As pg_restore writes a name into a comment.
  const known = new Set([...existing].map((name) => name.replaceAll(/[\r\n]/g, ' ')));
  // Rows and contents belong to whoever owns what they are in.
  const owned = entries.filter(({ section, label }) => section !== 'data' || label.startsWith('BLOB METADATA '));
  const labels = new Map(owned.map(({ id, label }) => [id, label]));
  const missing = new Map<number, string>();
  for (const [id, owner] of await archive.ownersOf([...labels.keys()], signal)) {
    if (known.has(owner) || owner.includes(UNREADABLE)) continue;
    if (labels.get(id)?.endsWith(` ${owner}`)) missing.set(id, owner);
  }
  return missing;
}
