import type { DescribedObject, ObjectKind, Privilege } from './described-object.js';

const OF_TABLES = ['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/** What an owner may do with each kind, and whether everybody may do the same, while nobody has granted anything. */
const DEFAULTS: Partial<Record<ObjectKind, { owner: readonly string[]; everybody?: true }>> = {
  schema: { owner: ['USAGE', 'CREATE'] },
  language: { owner: ['USAGE'], everybody: true },
  'foreign data wrapper': { owner: ['USAGE'] },
  server: { owner: ['USAGE'] },
  type: { owner: ['USAGE'], everybody: true },
  function: { owner: ['EXECUTE'], everybody: true },
  sequence: { owner: ['SELECT', 'UPDATE', 'USAGE'] },
  table: { owner: OF_TABLES },
  'foreign table': { owner: OF_TABLES },
  view: { owner: OF_TABLES },
  'materialized view': { owner: OF_TABLES },
  'large object': { owner: ['SELECT', 'UPDATE'] },
};

/** Since when tables can be maintained by others. */
const MAINTAIN_SINCE = 17;

/** What PostgreSQL takes for granted where an object says nothing of its privileges. */
export function defaultPrivileges(kind: ObjectKind, owner: string, major: number): Privilege[] {
  const { owner: ofOwner = [], everybody } = DEFAULTS[kind] ?? {};
  const all = ofOwner === OF_TABLES && major >= MAINTAIN_SINCE ? [...ofOwner, 'MAINTAIN'] : ofOwner;
  const granted = (grantee: string | null) => (privilege: string) => ({
    grantor: owner,
    grantee,
    privilege,
    grantable: false,
  });
  return [...(everybody ? ofOwner.map(granted(null)) : []), ...all.map(granted(owner))];
}

/** All privileges of the object itself, the default ones written out. */
export function allPrivileges(object: DescribedObject, major: number): readonly Privilege[] {
  return object.privileges ?? defaultPrivileges(object.kind, object.owner ?? '', major);
}

/** What makes two privileges the same, but for whether they may be passed on. */
export function privilegeKey({ grantor, grantee, privilege }: Privilege): string {
  return JSON.stringify([grantor, grantee, privilege]);
}

/** The present privileges as they are after the owner has changed: what the old one granted and had, the new one has. */
export function withOwner(privileges: readonly Privilege[], old: string, owner: string): Privilege[] {
  return mapPrivileges(privileges, (role) => (role === old ? owner : role));
}

/** With other roles; of two that have become one, whichever allows more. An owner passes on what it has anyway. */
export function mapPrivileges(
  privileges: readonly Privilege[],
  grantee: (role: string) => string,
  grantor: (role: string) => string = grantee,
): Privilege[] {
  const mapped = new Map<string, Privilege>();
  for (const privilege of privileges) {
    const next = {
      ...privilege,
      grantor: grantor(privilege.grantor),
      grantee: privilege.grantee === null ? null : grantee(privilege.grantee),
    };
    const key = privilegeKey(next);
    const same = mapped.get(key);
    const grantable = (next.grantable || same?.grantable === true) && next.grantee !== next.grantor;
    mapped.set(key, { ...next, grantable });
  }
  return [...mapped.values()];
}

export interface PrivilegeChanges {
  /** Had and not wanted. `grantable` true and wanted without: only passing on is not. */
  revoke: Privilege[];
  /** Wanted and not had, in an order in which they can be granted. */
  grant: Privilege[];
}

/** What has to be done to get from one set to the other. */
export function privilegeChanges(present: readonly Privilege[], wanted: readonly Privilege[]): PrivilegeChanges {
  const has = new Map(present.map((privilege) => [privilegeKey(privilege), privilege]));
  const wants = new Map(wanted.map((privilege) => [privilegeKey(privilege), privilege]));
  return {
    revoke: present.filter((privilege) => {
      const want = wants.get(privilegeKey(privilege));
      return !want || (privilege.grantable && !want.grantable);
    }),
    grant: wanted.filter((privilege) => {
      const had = has.get(privilegeKey(privilege));
      return !had || (privilege.grantable && !had.grantable);
    }),
  };
}

/** For people: `SELECT for reader`. */
export function displayPrivilege({ privilege, grantee, grantable }: Privilege, column?: string): string {
  const of = column === undefined ? '' : ` of column ${column}`;
  return `${privilege}${of} for ${grantee ?? 'PUBLIC'}${grantable ? ' with grant option' : ''}`;
}
