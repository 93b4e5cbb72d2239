import type pg from 'pg';
import { valuesOfSetting } from '../sql/guc-list.js';
import { quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import { ObjectAccess } from './access/object-access.js';
import { type AccessWarnings, WarningList } from './access/restore-warnings.js';
import { StatementRunner } from './access/statement-runner.js';
import { describeDatabase } from './describe-database.js';
import {
  type DescribedObject,
  type Description,
  type DescriptionStream,
  displayObject,
  type Fact,
  type Facts,
  KINDS,
} from './described-object.js';
import { commentTarget } from './object-sql.js';
import type { RestoreAccessOptions } from './restore-access.js';
import { withServerRoles } from './server-roles.js';
import { filtered, sideBySide } from './side-by-side.js';

export interface CapturedExtension {
  name: string;
  version: string;
  schema: string;
  /** Who created it. */
  owner?: string;
  /** Of its schema. */
  schemaOwner?: string;
}

/** The extensions of a description, by name. Reads no further than it must. */
export async function extensionVersions(expected: DescriptionStream): Promise<Map<string, CapturedExtension>> {
  const extensions = new Map<string, CapturedExtension>();
  const schemaOwners = new Map<string, string>();
  for await (const batch of expected) {
    for (const { kind, name: quotedName, definition, owner } of batch) {
      if (KINDS.indexOf(kind) > KINDS.indexOf('extension')) return extensions;
      if (kind === 'schema' && owner !== undefined) schemaOwners.set(quotedName, owner);
      if (kind !== 'extension') continue;
      const [name, version, schema] = [definition['name'], definition['version'], definition['schema']].map(String);
      const schemaOwner = schemaOwners.get(quoteIdentifier(schema!));
      extensions.set(name!, {
        name: name!,
        version: version!,
        schema: schema!,
        ...(owner !== undefined && { owner }),
        ...(schemaOwner !== undefined && { schemaOwner }),
      });
    }
  }
  return extensions;
}

/**
 * The version in which the server can create each of these: the captured one where it offers that, else its default
 * one; null where it does not have the extension at all. Rejects with the driver's error.
 */
export async function offeredVersions(
  client: pg.ClientBase,
  extensions: Iterable<Pick<CapturedExtension, 'name' | 'version'>>,
): Promise<Map<string, string | null>> {
  const asked = [...extensions];
  const { rows } = await client.query<{ name: string; version: string | null }>(
    `SELECT asked.name, coalesce(
       (SELECT v.version FROM pg_catalog.pg_available_extension_versions v WHERE v.name = asked.name AND v.version = asked.version),
       (SELECT a.default_version FROM pg_catalog.pg_available_extensions a WHERE a.name = asked.name)) AS version
     FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS asked (name, version)`,
    [asked.map(({ name }) => name), asked.map(({ version }) => version)],
  );
  return new Map(rows.map(({ name, version }) => [name, version]));
}

/**
 * Alters the members of extensions that were just created to what they were (volatility, strictness, parallel safety,
 * cost, rows, settings, security, leakproof, comment, owner, privileges), as far as they are there and the role may. No
 * transaction is open on the client (`WRITING_SETTINGS`). What cannot be done is a warning; of owners and privileges, which
 * `ownersAndPrivileges` false leaves out, it is `restoreOwnersAndPrivileges` that tries once more and says so. Rejects for a lost
 * connection and an abort.
 */
export async function alterExtensionMembers(
  client: pg.ClientBase,
  expected: Description,
  options: RestoreAccessOptions & { ownersAndPrivileges: boolean },
): Promise<AccessWarnings> {
  const { major, roles, signal, ownersAndPrivileges } = options;
  const warnings = new WarningList();
  const runner = new StatementRunner(client, signal);
  const access = new ObjectAccess(runner, new WarningList(), options);
  const members = filtered(expected(), ({ extension }) => extension !== undefined);
  const present = describeDatabase(client, { major, membersOnly: true, acrossTransactions: true });
  for await (const [captured, is] of sideBySide(members, present)) {
    const wanted = captured && withServerRoles(captured, roles);
    if (!wanted || !is || wanted.extension !== is.extension) continue;
    for (const { sql, what } of memberStatements(wanted, is)) {
      const onFailure = (reason: string) =>
        warnings.add(
          'extension-member-not-restored',
          wanted,
          `The ${displayObject(wanted)} of the extension ${wanted.extension} could not be altered to what it was (${what}): ${reason}.`,
        );
      await runner.run({ sql, onFailure });
    }
    if (ownersAndPrivileges) await access.restore(wanted, is);
  }
  await runner.flush();
  return warnings;
}

/** What ALTER FUNCTION takes, by the fact, for a value that is there and for none. */
const ROUTINE_CLAUSES: Readonly<Record<string, (value: Fact | undefined) => string>> = {
  volatility: (value) => String(value).toUpperCase(),
  parallel: (value) => `PARALLEL ${String(value).toUpperCase()}`,
  strict: (value) => (value === true ? 'STRICT' : 'CALLED ON NULL INPUT'),
  securityDefiner: (value) => (value === true ? 'SECURITY DEFINER' : 'SECURITY INVOKER'),
  leakproof: (value) => (value === true ? 'LEAKPROOF' : 'NOT LEAKPROOF'),
  cost: (value) => `COST ${Number(value)}`,
  rows: (value) => `ROWS ${Number(value)}`,
};

function memberStatements(wanted: DescribedObject, present: DescribedObject): { sql: string; what: string }[] {
  const statements: { sql: string; what: string }[] = [];
  const target = commentTarget(wanted);
  if (wanted.kind === 'function') {
    const [was, is] = [wanted.definition, present.definition];
    for (const [fact, clause] of Object.entries(ROUTINE_CLAUSES)) {
      if (was[fact] !== is[fact])
        statements.push({ sql: `ALTER ${target} ${clause(was[fact])}`, what: clause(was[fact]) });
    }
    for (const clause of settingClauses(was, is))
      statements.push({ sql: `ALTER ${target} ${clause}`, what: 'settings' });
  }
  if (wanted.comment !== present.comment) {
    const text = wanted.comment === undefined ? 'NULL' : quoteLiteral(wanted.comment);
    statements.push({ sql: `COMMENT ON ${target} IS ${text}`, what: 'comment' });
  }
  return statements;
}

function settingClauses(was: Facts, is: Facts): string[] {
  const [wanted, present] = [settingsOf(was), settingsOf(is)];
  return [
    ...[...present.keys()].filter((name) => !wanted.has(name)).map((name) => `RESET ${quoteIdentifier(name)}`),
    ...[...wanted]
      .filter(([name, value]) => present.get(name) !== value)
      .map(([name, value]) => {
        const values = valuesOfSetting(name, value).map(quoteLiteral);
        return `SET ${quoteIdentifier(name)} TO ${values.join(', ') || "''"}`;
      }),
  ];
}

function settingsOf({ settings }: Facts): Map<string, string> {
  const entries = Array.isArray(settings) ? settings.map(String) : [];
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}
