import type { Client } from 'pg';
import type { ArchiveEntry } from './archive-entries.js';
import type { DefinitionsArchive } from './definitions-archive.js';
import { mapRoles, rolesIn } from './map-roles.js';

/** How an entry is restored: as it is, without its owner, or as SQL with other roles in it. */
export type EntryMode = 'as-is' | 'no-owner' | 'mapped';

/**
 * What becomes of roles that the definitions name and the server does not have: whatever they own or may do, the restoring role
 * owns or may do. Nobody else gets any more than was captured.
 */
export class RoleMapping {
  private constructor(
    private readonly ownRole: string,
    /** Everything but the server's roles, which are not looked at here any more. */
    private readonly modes: ReadonlyMap<number, EntryMode>,
    private readonly existing: ReadonlySet<string>,
    /** The roles that are not there, sorted. */
    readonly missing: readonly string[],
  ) {}

  /**
   * Compares the definitions with the server. `owners` false: ownership and privileges are left out anyway, and only policies
   * count. Rejects as `DefinitionsArchive.restore` does, and with the driver's error.
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
    for (const { id, label } of owners ? entries : []) {
      const owner = missingOwner(label, existing);
      if (owner === undefined) continue;
      missing.add(owner);
      modes.set(id, 'no-owner');
    }
    const naming = entries.filter(({ kind }) => kind === 'privileges' || kind === 'policy').map(({ id }) => id);
    const named = [...rolesIn(await archive.sqlOf(naming, signal))].filter((role) => !existing.has(role));
    for (const role of named) missing.add(role);
    if (named.length > 0) for (const id of naming) modes.set(id, 'mapped');
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

/**
 * An entry's label ends with its owner, after a space, or with the space where it has none. Which of several words belong
 * to the name of a role that is not there cannot be told: the last one stands for it.
 */
function missingOwner(label: string, existing: ReadonlySet<string>): string | undefined {
  if (label.endsWith(' ')) return undefined;
  for (let at = label.indexOf(' '); at !== -1; at = label.indexOf(' ', at + 1)) {
    if (existing.has(label.slice(at + 1))) return undefined;
  }
  return label.slice(label.lastIndexOf(' ') + 1);
}
