import type { Finding } from '../../contract/generated/types.gen.js';
import { isFinding } from './rollback-facts.js';
import type { RollbackFacts } from './rollback-facts.js';

/**
 * What a plan promised about the place it changes. Sessions, sizes and free space change all the time and are
 * looked at again for themselves; when one of these changes, it is another place. A person may have confirmed the plan, or it is the
 * one that the rollback was accepted by: both were planned at some time.
 */
export interface Promised {
  database: { name: string; oid: number; owner: string; serverMajor: number; locale: string } | null;
  filestore: { path: string; inode: string | null } | null;
  neutralize: boolean;
}

/** Pure: the same facts promise the same. */
export function promisedBy({ database, filestore }: RollbackFacts, neutralize: boolean): Promised {
  return {
    database:
      database === null || isFinding(database)
        ? null
        : {
            name: database.facts.name,
            oid: database.facts.oid,
            owner: database.facts.owner,
            serverMajor: database.facts.major,
            locale: [database.facts.encoding, database.facts.collate, database.facts.ctype].join(' '),
          },
    filestore:
      filestore === null || isFinding(filestore)
        ? null
        : {
            path: filestore.facts.realPath ?? filestore.facts.path,
            inode: filestore.facts.inode ?? null,
          },
    neutralize,
  };
}

/** Why what was planned may not be carried out as it is now. Empty: nothing that matters has changed. */
export function materialChanges(then: Promised, now: Promised): Finding[] {
  const [database, filestore] = [now.database, now.filestore];
  const rules: [boolean, string, string][] = [
    [
      (then.database === null) !== (database === null),
      'database-changed',
      'The environment gained or lost its database',
    ],
    [
      (then.filestore === null) !== (filestore === null),
      'filestore-changed',
      'The environment gained or lost its filestore',
    ],
    [
      differs(then.database, database, 'oid'),
      'database-changed',
      `The database ${database?.name} is another one than before`,
    ],
    [differs(then.database, database, 'name'), 'database-changed', 'The environment has another database'],
    [
      differs(then.database, database, 'owner'),
      'database-owner-changed',
      `The database ${database?.name} has another owner, ${database?.owner}`,
    ],
    [differs(then.database, database, 'serverMajor'), 'server-changed', 'The server has another major version'],
    [
      differs(then.database, database, 'locale'),
      'database-changed',
      `The database ${database?.name} has another locale`,
    ],
    [
      differs(then.filestore, filestore, 'path'),
      'filestore-changed',
      `The filestore leads to another directory, ${filestore?.path}`,
    ],
    [
      differs(then.filestore, filestore, 'inode'),
      'filestore-changed',
      `The directory ${filestore?.path} is another one than before`,
    ],
    [then.neutralize !== now.neutralize, 'neutralize-changed', 'Whether the data is neutralised has changed'],
  ];
  return rules
    .filter(([holds]) => holds)
    .map(([, code, what]) => ({ code, message: `${what} since the rollback was planned; plan it again.` }));
}

/** In something that both have. */
function differs<T extends object>(then: T | null, now: T | null, key: keyof T): boolean {
  return then !== null && now !== null && then[key] !== now[key];
}
