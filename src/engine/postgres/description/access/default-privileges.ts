import { quoteIdentifier } from '../../sql/quote.js';
import type { DescribedObject, ObjectKind } from '../described-object.js';
import { defaultPrivileges, displayPrivilege, privilegeChanges } from '../privileges.js';
import { privilegeStatements } from './privilege-statements.js';
import type { WarningList } from './restore-warnings.js';
import type { StatementRunner } from './statement-runner.js';
import { displayName } from '../described-object.js';

/** The kind whose defaults each of them replaces; those of a schema are added to what is without them. */
const KIND_OF: Readonly<Record<string, ObjectKind>> = {
  TABLES: 'table',
  SEQUENCES: 'sequence',
  FUNCTIONS: 'function',
  TYPES: 'type',
  SCHEMAS: 'schema',
  'LARGE OBJECTS': 'large object',
};

/** What a role's future objects are to be open to. Sends only what differs. Rejects as the runner does. */
export async function restoreDefaultPrivileges(
  wanted: DescribedObject,
  present: DescribedObject | undefined,
  options: { major: number },
  runner: StatementRunner,
  warnings: WarningList,
): Promise<void> {
  const { role, schema, objects } = wanted.definition;
  const maker = String(role);
  const kind = KIND_OF[String(objects)];
  const unchanged = schema === undefined && kind ? defaultPrivileges(kind, maker, options.major) : [];
  const had = present?.privileges ?? unchanged;
  const wants = wanted.privileges ?? [];
  const inSchema = schema === undefined ? '' : ` IN SCHEMA ${quoteIdentifier(String(schema))}`;
  const target = { owner: maker, on: String(objects) };
  for (const statement of privilegeStatements(privilegeChanges(had, wants), had, wants, target)) {
    const list = statement.privileges.map((privilege) => displayPrivilege(privilege)).join(', ');
    await runner.run({
      sql: `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(maker)}${inSchema} ${statement.sql}`,
      onFailure: (reason) =>
        warnings.add(
          'default-privileges-not-restored',
          wanted,
          `The default privileges ${displayName(wanted.name)} could not be restored (${list}): ${reason}.`,
        ),
    });
  }
}
