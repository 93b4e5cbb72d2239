import { createHash } from 'node:crypto';
import type { DatabasePrivilege, DatabaseProperties, DatabaseSetting } from './database-properties.js';

/** More settings than anybody makes for one database; of what is beyond, changes are not listed. */
const MOST_SETTINGS = 500;
const MOST_PRIVILEGES = 500;
/** So much of a value is shown. */
const MOST_CHARACTERS = 200;

/**
 * What a snapshot's row keeps of the database's own properties, so that a plan can say what will change back without
 * opening the vault. Plain data: it is stored as JSON. Values of parameters with a dot in their name are an
 * application's own and may be secrets: only a salted hash of them is kept.
 */
export interface RecordedProperties {
  salt: string;
  owner: string;
  /** As `describePrivilege` has them, sorted. */
  privileges: string[];
  /** Sorted by role and name. */
  settings: RecordedSetting[];
  /** Also those that are beyond what is kept. */
  settingCount: number;
  comment: RecordedText | null;
  connectionLimit: number;
}

interface RecordedSetting extends RecordedText {
  role: string | null;
  name: string;
}

interface RecordedText {
  /** Its beginning; null when it is not to be shown. */
  text: string | null;
  hash: string;
}

/** A property that will be another one afterwards. */
export interface PropertyChange {
  property: 'setting' | 'comment' | 'connectionLimit';
  /** Of a setting: its name, and whose sessions it is for (null: everybody's). */
  setting: string | null;
  role: string | null;
  /** As text; null where there is none, or it is not shown. */
  from: string | null;
  to: string | null;
  /** Whether the values are shown: those of an application's own parameters are not. */
  shown: boolean;
}

/** Pure. `salt` is any text that no other snapshot has. */
export function recordProperties(properties: DatabaseProperties, salt: string): RecordedProperties {
  const { owner, privileges, settings, comment, connectionLimit } = properties;
  const record = (value: string, shown: boolean): RecordedText => ({
    text: shown ? beginningOf(value) : null,
    hash: createHash('sha256')
      .update(JSON.stringify([salt, value]))
      .digest('hex')
      .slice(0, 32),
  });
  return {
    salt,
    owner,
    privileges: privileges.map(describePrivilege).toSorted().slice(0, MOST_PRIVILEGES),
    settings: settings
      .map(({ role, name, value }) => ({ role, name, ...record(value, !name.includes('.')) }))
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .slice(0, MOST_SETTINGS),
    settingCount: settings.length,
    comment: comment === null ? null : record(comment, true),
    connectionLimit,
  };
}

/** What will change when the live database gets what was captured, without the settings that cannot be put on it. Pure. */
export function changesBack(
  captured: RecordedProperties,
  live: DatabaseProperties,
  leftOut: readonly Pick<DatabaseSetting, 'role' | 'name'>[] = [],
): PropertyChange[] {
  const present = recordProperties(live, captured.salt);
  const without = new Set(leftOut.map(keyOf));
  const wanted = captured.settings.filter((setting) => !without.has(keyOf(setting)));
  const isWhole = [captured, present].every(({ settings, settingCount }) => settings.length === settingCount);
  const changes = isWhole ? settingChanges(present.settings, wanted) : [];
  if (present.comment?.hash !== captured.comment?.hash) {
    changes.push(change('comment', present.comment, captured.comment));
  }
  if (present.connectionLimit !== captured.connectionLimit) {
    const [from, to] = [present.connectionLimit, captured.connectionLimit].map((limit) => ({ text: String(limit) }));
    changes.push(change('connectionLimit', from!, to!));
  }
  return changes;
}

/** Privileges on the database itself that only one of both has. Pure. */
export function differingPrivileges(
  captured: RecordedProperties,
  live: DatabaseProperties,
): { gone: string[]; added: string[] } {
  const { privileges } = recordProperties(live, captured.salt);
  return {
    gone: captured.privileges.filter((privilege) => !privileges.includes(privilege)),
    added: privileges.filter((privilege) => !captured.privileges.includes(privilege)),
  };
}

/** Like `CONNECT to shop`, without who granted it. */
export function describePrivilege({ privilege, grantee, grantable }: DatabasePrivilege): string {
  return `${privilege} to ${grantee ?? 'everybody'}${grantable ? ' with grant option' : ''}`;
}

function settingChanges(present: readonly RecordedSetting[], wanted: readonly RecordedSetting[]): PropertyChange[] {
  const before = new Map(present.map((setting) => [keyOf(setting), setting]));
  const after = new Map(wanted.map((setting) => [keyOf(setting), setting]));
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return keys
    .filter((key) => before.get(key)?.hash !== after.get(key)?.hash)
    .map((key) => {
      const [from, to] = [before.get(key), after.get(key)];
      const { name, role } = (from ?? to)!;
      return { ...change('setting', from ?? null, to ?? null), setting: name, role, shown: !name.includes('.') };
    });
}

function change(
  property: PropertyChange['property'],
  from: Pick<RecordedText, 'text'> | null,
  to: Pick<RecordedText, 'text'> | null,
): PropertyChange {
  return { property, setting: null, role: null, from: from?.text ?? null, to: to?.text ?? null, shown: true };
}

function keyOf({ role, name }: Pick<DatabaseSetting, 'role' | 'name'>): string {
  return JSON.stringify([role ?? '', name]);
}

function beginningOf(value: string): string {
  const characters = [...value.slice(0, 2 * MOST_CHARACTERS)];
  return characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS).join('')}…` : value;
}
