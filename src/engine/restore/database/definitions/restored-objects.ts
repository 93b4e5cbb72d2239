import type { Client } from 'pg';
import {
  type Comparison,
  compareDescriptions,
  type DifferenceAspect,
  definitionsDiffer,
} from '../../../postgres/description/compare-descriptions.js';
import { describeDatabase } from '../../../postgres/description/describe-database.js';
import type { DescriptionStream, ObjectKind } from '../../../postgres/description/described-object.js';
import {
  alterExtensionMembers,
  type CapturedExtension,
  extensionVersions,
  offeredVersions,
} from '../../../postgres/description/extension-members.js';
import { policyStatement } from '../../../postgres/description/policy-statement.js';
import { restoreOwnersAndPrivileges } from '../../../postgres/description/restore-access.js';
import { missingRoles, readServerRoles, type ServerRoles } from '../../../postgres/description/server-roles.js';
import { filtered } from '../../../postgres/description/side-by-side.js';
import { isConnectionLoss, isRefusal, sqlState } from '../../../postgres/connection/postgres-errors.js';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/sql/quote.js';
import type { RestorationPlan } from '../restoration-plan.js';
import { rolesMapped } from './roles-mapped.js';
import type { RestoreWarning } from '../restore-warning.js';
import type { DefinitionRunner } from './run-definitions.js';
import type { ScriptEntry } from '../script/script-entry.js';

const PUBLIC = quoteIdentifier('public');
/** "There is no such role", or another thing of that name. */
const UNDEFINED_OBJECT = '42704';
/** A copy takes part in none of them. */
const NOT_RESTORED: readonly ObjectKind[] = ['subscription'];
/** Last of all, so that nothing before them runs them. */
const LAST: readonly ObjectKind[] = ['event trigger'];

/**
 * What of a database no archive brings back as it was: owners and privileges where a role may not give them in the archive's
 * order, roles that are not there, versions of extensions and what somebody altered in them. It is restored from what the catalogues said
 * when the snapshot was taken, and what all of it has become is compared with that.
 */
export class RestoredObjects {
  readonly warnings: RestoreWarning[] = [];
  /**
   * Tables that are not defined as they were, by `qualifiedName`; `all` where that cannot be told, or something differs that the text of
   * any row may be made of.
   */
  otherTables: ReadonlySet<string> | 'all' = 'all';
  private policiesLeft = false;

  private constructor(
    private readonly what: RestorationPlan,
    private readonly roles: ServerRoles,
    private readonly extensions: ReadonlyMap<string, CapturedExtension>,
    private readonly signal: AbortSignal,
    /** Named by the definitions, and not there; sorted. */
    readonly missingRoles: readonly string[],
  ) {
    this.warnings.push(...rolesMapped(missingRoles));
  }

  /** Rejects with the driver's error, or with what reading the description throws. */
  static async begin(what: RestorationPlan, client: Client, signal: AbortSignal): Promise<RestoredObjects> {
    const { description, serverMajor, keepOwnersAndPrivileges: owners } = what;
    const roles = await readServerRoles(client, serverMajor);
    if (!description) return new RestoredObjects(what, roles, new Map(), signal, []);
    const missing = await missingRoles(description(), roles, { owners });
    return new RestoredObjects(what, roles, await extensionVersions(description()), signal, missing);
  }

  /** All that comes before rows, in the order of the archive; extensions in the version they had, and as they had become. */
  async restoreBeforeRows(client: Client, runner: DefinitionRunner, script: readonly ScriptEntry[]): Promise<void> {
    const entries = script.filter(({ section, type }) => section === 'pre-data' && !ACCESS.has(type));
    const { description } = this.what;
    await this.dropPublic(client);
    const last = entries.findLastIndex(({ type }) => type === 'EXTENSION');
    if (!description || last < 0) return runner.runInRounds(client, entries, this.signal);
    const offered = await offeredVersions(client, this.extensions.values());
    for (const entry of entries.slice(0, last + 1)) {
      const extension = entry.type === 'EXTENSION' ? this.extensions.get(entry.label) : undefined;
      const version = extension && offered.get(extension.name);
      // Another version than it was: the archive's statement takes the server's own.
      if (extension && version === extension.version) await this.createExtension(client, extension);
      else await runner.run(client, [entry], { signal: this.signal, together: false });
    }
    const altered = await alterExtensionMembers(client, description, {
      ...this.access(),
      ownersAndPrivileges: this.what.keepOwnersAndPrivileges,
    });
    this.warnings.push(...summary(altered));
    await runner.runInRounds(client, entries.slice(last + 1), this.signal);
  }

  /**
   * As who created it, where we may: nobody else can be given an extension later, and what its script leaves as the privileges
   * that nobody has changed is written in the creator's name.
   */
  private async createExtension(client: Client, extension: CapturedExtension): Promise<void> {
    const { owner, schema, schemaOwner } = extension;
    const statement = createExtension(extension);
    const { own, settable, isSuperuser, existing } = this.roles;
    if (this.what.keepOwnersAndPrivileges && owner !== undefined && owner !== own && settable.has(owner)) {
      try {
        // One transaction, which a failure takes back.
        const isGiven =
          isSuperuser &&
          !/^(pg_|public$)/.test(schema) &&
          schemaOwner !== undefined &&
          schemaOwner !== own &&
          existing.has(schemaOwner);
        const give = isGiven
          ? `ALTER SCHEMA ${quoteIdentifier(schema)} OWNER TO ${quoteIdentifier(schemaOwner)}; `
          : '';
        await client.query(`${give}SET LOCAL ROLE ${quoteIdentifier(owner)}; ${statement}; RESET ROLE`);
        return;
      } catch (error) {
        // It may do less than we may.
        if (!isRefusal(error)) throw error;
      }
    }
    await client.query(statement);
  }

  /** Every new database has this schema, and the archive says nothing when it was dropped. Where it may not be, the comparison will say so. */
  private async dropPublic(client: Client): Promise<void> {
    const { description } = this.what;
    if (!description) return;
    for await (const batch of description()) {
      if (batch.some(({ kind, name }) => kind === 'schema' && name === PUBLIC)) return;
      if (batch.some(({ kind }) => kind !== 'schema')) break;
    }
    await client.query(`DROP SCHEMA IF EXISTS ${PUBLIC}`).catch((error: unknown) => {
      if (isConnectionLoss(error)) throw error;
    });
  }

  /** A policy that names a role which is not there is made from its facts instead, when all others are there. */
  takesOver(entry: ScriptEntry, error: unknown): boolean {
    const takes =
      entry.type === 'POLICY' && this.what.description !== undefined && sqlState(error) === UNDEFINED_OBJECT;
    this.policiesLeft ||= takes;
    return takes;
  }

  async restorePolicies(client: Client): Promise<void> {
    const { description } = this.what;
    if (!this.policiesLeft || !description) return;
    const there = new Set<string>();
    for await (const batch of describeDatabase(client, this.describing(['policy']))) {
      for (const { name } of batch) there.add(name);
    }
    const mapRole = (role: string) => (this.roles.existing.has(role) ? role : this.roles.own);
    for await (const batch of description()) {
      for (const record of batch) {
        if (record.kind !== 'policy' || there.has(record.name)) continue;
        await client.query(policyStatement(record, mapRole));
      }
    }
  }

  /** Owners and privileges: from the description or, where there is none, as the archive has them. */
  async restoreAccess(client: Client, runner: DefinitionRunner, script: readonly ScriptEntry[]): Promise<void> {
    const { description, keepOwnersAndPrivileges } = this.what;
    if (!keepOwnersAndPrivileges) return;
    if (!description) {
      const entries = script.filter(({ type }) => ACCESS.has(type));
      return runner.run(client, entries, { signal: this.signal, together: false });
    }
    this.warnings.push(...summary(await restoreOwnersAndPrivileges(client, description, this.access())));
  }

  /** What all of it has become. A difference is a warning, and never silence. `client`: set for reading. */
  async compare(client: Client): Promise<void> {
    const { description } = this.what;
    if (!description) return;
    const comparison = await this.compareWith(description(), describeDatabase(client, this.describing()), [
      ...NOT_RESTORED,
      ...LAST,
    ]);
    this.otherTables = tablesThatDiffer(comparison);
  }

  /** Owners of event triggers, and what those have become, once they are there. `client`: set for writing. */
  async finishEventTriggers(client: Client): Promise<void> {
    const { description, keepOwnersAndPrivileges } = this.what;
    if (!description) return;
    const captured = () => filtered(description(), ({ kind }) => LAST.includes(kind));
    if (keepOwnersAndPrivileges) {
      const restored = await restoreOwnersAndPrivileges(client, captured, { ...this.access(), kinds: LAST });
      this.warnings.push(...summary(restored));
    }
    await this.compareWith(captured(), describeDatabase(client, this.describing(LAST)));
  }

  private async compareWith(
    captured: DescriptionStream,
    found: DescriptionStream,
    leaveOut: readonly ObjectKind[] = [],
  ): Promise<Comparison> {
    const { serverMajor, survey, keepOwnersAndPrivileges } = this.what;
    const comparison = await compareDescriptions(captured, found, {
      majors: { expected: Number.parseInt(survey.database.serverVersion, 10), found: serverMajor },
      ownersAndPrivileges: keepOwnersAndPrivileges,
      roles: this.roles,
      leaveOut,
    });
    const warning = definitionsDiffer(comparison);
    if (!warning) return comparison;
    // PostgreSQL gives an extension to whoever creates it, and to nobody else later.
    const isCreator = comparison.differences.every(({ kind, aspect }) => kind === 'extension' && aspect === 'owner');
    this.warnings.push({ ...warning, ...(!isCreator && { weight: 'differs' as const }) });
    return comparison;
  }

  private describing(kinds?: readonly ObjectKind[]) {
    return { major: this.what.serverMajor, acrossTransactions: true, ...(kinds && { kinds }) };
  }

  private access() {
    return { major: this.what.serverMajor, roles: this.roles, signal: this.signal };
  }
}

/** Who owns something, who may use it and what people say of it is in no row. */
const ABOUT_PEOPLE: ReadonlySet<DifferenceAspect> = new Set(['owner', 'privileges', 'comment']);
const ACCESS: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);

function tablesThatDiffer({ differences, total }: Comparison): ReadonlySet<string> | 'all' {
  const weighty = differences.filter(({ aspect }) => !ABOUT_PEOPLE.has(aspect));
  const mayBeInAnyRow = weighty.some(
    ({ kind, aspect }) => kind === 'type' || kind === 'extension' || aspect === 'extension-member',
  );
  if (mayBeInAnyRow || total > differences.length) return 'all';
  return new Set(weighty.filter(({ kind }) => kind === 'table').map(({ name }) => name));
}

function createExtension({ name, schema, version }: CapturedExtension): string {
  return `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} WITH SCHEMA ${quoteIdentifier(schema)} VERSION ${quoteLiteral(version)}`;
}

/** The first ones, and how many more there are. */
function summary({ warnings, total }: { warnings: readonly RestoreWarning[]; total: number }): RestoreWarning[] {
  const listed = warnings.map(({ code, message }) => ({ code, message }));
  const left = total - warnings.length;
  if (left <= 0 || listed.length === 0) return listed;
  return [...listed, { code: listed.at(-1)!.code, message: `There are ${left} more like these.` }];
}
