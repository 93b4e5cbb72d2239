import type pg from 'pg';
import { quoteIdentifier } from '../sql/quote.js';
import { restoreDefaultPrivileges } from './access/default-privileges.js';
import { ObjectAccess } from './access/object-access.js';
import { type AccessWarnings, WarningList } from './access/restore-warnings.js';
import { StatementRunner } from './access/statement-runner.js';
import { type DescribeOptions, describeDatabase } from './describe-database.js';
import {
  type DescribedObject,
  type Description,
  type DescriptionStream,
  KINDS,
  type ObjectKind,
} from './described-object.js';
import { schemaOf } from './object-sql.js';
import { type ServerRoles, withServerRoles } from './server-roles.js';
import { filtered, sideBySide } from './side-by-side.js';

export interface RestoreAccessOptions {
  /** The server's major version. */
  major: number;
  roles: ServerRoles;
  /** Only of these; of all, default privileges too, unless told. */
  kinds?: readonly ObjectKind[];
  /** Checked between statements. */
  signal?: AbortSignal;
}

const LAST: readonly ObjectKind[] = ['default privileges'];
const WITHIN = KINDS.filter((kind) => kind !== 'schema' && !LAST.includes(kind));

/**
 * Gives everything in the database the owner and the privileges it had, and restores default privileges. The definitions
 * were restored without any (`--no-owner --no-privileges`), all are there, and the client (`WRITING_SETTINGS`) is in no
 * transaction. Only what differs from what is there is sent. What a statement cannot do is a warning and never an error; it
 * rejects for a lost connection and an abort.
 *
 * Schemas come last: as long as they are ours everything in them can be named, and can be given to whoever we let
 * into them.
 */
export async function restoreOwnersAndPrivileges(
  client: pg.ClientBase,
  expected: Description,
  options: RestoreAccessOptions,
): Promise<AccessWarnings> {
  return new AccessRestore(client, expected, options).run();
}

class AccessRestore {
  private readonly warnings = new WarningList();
  private readonly runner: StatementRunner;
  private readonly access: ObjectAccess;

  constructor(
    private readonly client: pg.ClientBase,
    private readonly expected: Description,
    private readonly options: RestoreAccessOptions,
  ) {
    this.runner = new StatementRunner(client, options.signal);
    this.access = new ObjectAccess(this.runner, this.warnings, options);
  }

  async run(): Promise<AccessWarnings> {
    const { kinds } = this.options;
    if (kinds) {
      await this.restore(kinds);
      return this.warnings;
    }
    await this.letIn();
    await this.restore(WITHIN);
    await this.restore(['schema']);
    await this.restoreDefaults();
    return this.warnings;
  }

  /**
   * Whoever is to own something in a schema must be allowed to make something there, unless a superuser gives it; and whoever
   * is to grant, as whom also a superuser does it, must be able to name it. It ends when the schema gets its own privileges.
   */
  private async letIn(): Promise<void> {
    const { roles } = this.options;
    const guests = new Map<string, { schema: string; role: string }>();
    for await (const batch of this.mapped(WITHIN)) {
      for (const object of batch) {
        const schema = schemaOf(object);
        if (schema === undefined || object.builtIn) continue;
        const privileges = [object.privileges ?? [], ...Object.values(object.columnPrivileges ?? {})].flat();
        const grantors = privileges.map(({ grantor }) => grantor).filter((grantor) => grantor !== object.owner);
        const owners = object.owner === undefined || roles.isSuperuser ? [] : [object.owner];
        for (const role of [...owners, ...grantors]) {
          if (role !== roles.own) guests.set(`${schema} ${role}`, { schema, role });
        }
      }
    }
    for (const { schema, role } of guests.values()) {
      // When this fails, what follows from it fails with a reason of its own.
      const onFailure = () => undefined;
      await this.runner.run({ sql: `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${quoteIdentifier(role)}`, onFailure });
    }
    await this.runner.flush();
  }

  private async restore(kinds: readonly ObjectKind[]): Promise<void> {
    for await (const [wanted, present] of sideBySide(this.mapped(kinds), this.present(kinds))) {
      // What has come with the server is only described where it is not as it came.
      const found = present ?? (wanted?.builtIn ? { ...wanted, ...pristine(wanted) } : undefined);
      if (wanted && found) await this.access.restore(wanted, found);
    }
    await this.runner.flush();
  }

  private async restoreDefaults(): Promise<void> {
    const pairs = sideBySide(this.mapped(LAST), this.present(LAST, 'all'));
    for await (const [wanted, present] of pairs) {
      if (wanted) await restoreDefaultPrivileges(wanted, present, this.options, this.runner, this.warnings);
    }
    await this.runner.flush();
  }

  private present(kinds: readonly ObjectKind[], content: DescribeOptions['content'] = 'access'): DescriptionStream {
    return describeDatabase(this.client, { major: this.options.major, kinds, content, acrossTransactions: true });
  }

  /** What is expected of these kinds, with the roles that there are. */
  private async *mapped(kinds: readonly ObjectKind[]): AsyncGenerator<DescribedObject[]> {
    for await (const batch of filtered(this.expected(), ({ kind }) => kinds.includes(kind))) {
      yield batch.flatMap((object) => withServerRoles(object, this.options.roles) ?? []);
    }
  }
}

function pristine({ builtIn }: DescribedObject): Pick<DescribedObject, 'privileges' | 'columnPrivileges'> {
  return { privileges: undefined, columnPrivileges: undefined, ...builtIn } as Pick<
    DescribedObject,
    'privileges' | 'columnPrivileges'
  >;
}
