import { type DescribedObject, displayObject, type Privilege } from '../described-object.js';
import { alterTarget, grantTarget } from '../object-sql.js';
import { allPrivileges, displayPrivilege, privilegeChanges, withOwner } from '../privileges.js';
import type { ServerRoles } from '../server-roles.js';
import { type PrivilegeStatement, privilegeStatements, roleSql } from './privilege-statements.js';
import type { WarningList } from './restore-warnings.js';
import type { StatementRunner } from './statement-runner.js';

/** Gives one object after the other the owner and the privileges it is to have. */
export class ObjectAccess {
  constructor(
    private readonly runner: StatementRunner,
    private readonly warnings: WarningList,
    private readonly options: { major: number; roles: ServerRoles },
  ) {}

  /** Both with roles that the server has. Only what differs is sent. Rejects as the runner does. */
  async restore(wanted: DescribedObject, present: DescribedObject): Promise<void> {
    const owner = wanted.owner ?? present.owner ?? this.options.roles.own;
    await this.restoreOwner(wanted, present, owner);
    if (wanted.kind !== 'extension') await this.restorePrivileges(wanted, present, owner);
  }

  private async restoreOwner(wanted: DescribedObject, present: DescribedObject, owner: string): Promise<void> {
    const target = alterTarget(wanted);
    if (wanted.builtIn || present.owner === undefined || owner === present.owner || target === undefined) return;
    // A sequence that is a column's belongs to whom its table belongs.
    if ('ownedBy' in wanted.definition || 'identityOf' in wanted.definition) return;
    await this.runner.run({
      sql: `ALTER ${target} OWNER TO ${roleSql(owner)}`,
      ...this.as(present.owner, present.owner),
      onFailure: (reason) => {
        const message = `The ${displayObject(wanted)} belongs to ${present.owner} and not to ${owner}, as it did: ${reason}.`;
        // All members of an extension, of which there may be hundreds, were made by the same role.
        const others = `${message} The same goes for other members of the extension ${wanted.extension}.`;
        if (wanted.extension === undefined) this.warnings.add('owner-not-restored', wanted, message);
        else {
          const about = JSON.stringify([wanted.extension, owner, present.owner]);
          this.warnings.once(about, 'owner-not-restored', wanted, others);
        }
      },
    });
  }

  private async restorePrivileges(wanted: DescribedObject, present: DescribedObject, owner: string): Promise<void> {
    const { major } = this.options;
    const on = grantTarget(wanted);
    // A new owner takes over what the old one granted and had.
    const had = withOwner(allPrivileges(present, major), present.owner ?? owner, owner);
    const wants = allPrivileges({ ...wanted, owner }, major);
    const changes = privilegeChanges(had, wants);
    await this.send(wanted, owner, privilegeStatements(changes, had, wants, { owner, on }));

    const columns = new Set([wanted, present].flatMap(({ columnPrivileges }) => Object.keys(columnPrivileges ?? {})));
    for (const column of columns) {
      const hadHere = withOwner(present.columnPrivileges?.[column] ?? [], present.owner ?? owner, owner).filter(
        // What is taken back from a table is taken back from its columns.
        (privilege) => !changes.revoke.some((revoked) => covers(revoked, privilege)),
      );
      const wantsHere = wanted.columnPrivileges?.[column] ?? [];
      const statements = privilegeStatements(privilegeChanges(hadHere, wantsHere), hadHere, wantsHere, {
        owner,
        on,
        column,
      });
      await this.send(wanted, owner, statements, column);
    }
  }

  private async send(
    object: DescribedObject,
    owner: string,
    statements: readonly PrivilegeStatement[],
    column?: string,
  ): Promise<void> {
    for (const { sql, grantor, isGrant, privileges } of statements) {
      const list = privileges.map((privilege) => displayPrivilege(privilege, column)).join(', ');
      const onFailure = (reason: string) =>
        this.warnings.add(
          'privileges-not-restored',
          object,
          isGrant
            ? `On the ${displayObject(object)}, ${list} could not be granted by ${grantor}: ${reason}.`
            : `On the ${displayObject(object)}, ${list} could not be taken back, so that it is more open than it was: ${reason}.`,
        );
      await this.runner.run({ sql, ...this.as(grantor, owner), onFailure });
    }
  }

  /**
   * Whom a statement has to be sent as to be this role's. A superuser is taken for the owner by GRANT, and so is whoever
   * has the owner's privileges. Where we may not become the role it is tried as it is, and PostgreSQL says why not.
   */
  private as(role: string, owner: string): { role?: string } {
    const { roles } = this.options;
    if (role === roles.own || (role === owner && roles.inherited.has(role))) return {};
    return { role };
  }
}

function covers(revoked: Privilege, ofColumn: Privilege): boolean {
  return revoked.grantee === ofColumn.grantee && revoked.privilege === ofColumn.privilege;
}
