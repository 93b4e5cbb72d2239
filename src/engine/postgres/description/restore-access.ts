import type pg from 'pg';
import type { Description, ObjectKind } from './described-object.js';
import type { ServerRoles } from './server-roles.js';

export interface RestoreWarning {
  code:
    | 'owner-not-restored'
    | 'privileges-not-restored'
    | 'default-privileges-not-restored'
    | 'extension-member-not-restored';
  kind: ObjectKind;
  /** As in `DescribedObject`. */
  name: string;
  /** A sentence that names the object and has PostgreSQL's reason. */
  message: string;
}

export interface RestoreWarnings {
  /** The first `LISTED_WARNINGS`. */
  warnings: RestoreWarning[];
  /** Of all. */
  total: number;
}

export const LISTED_WARNINGS = 200;

export interface RestoreAccessOptions {
  /** The server's major version. */
  major: number;
  roles: ServerRoles;
  /** Checked between statements. */
  signal?: AbortSignal;
}

/**
 * Gives everything in the database the owner and the privileges it had, and restores default privileges. The definitions
 * were restored without any (`--no-owner --no-privileges`), all are there, and the client (`WRITING_SETTINGS`) is in no transaction. Only
 * what differs from what is there is sent. What a statement cannot do is a warning and never an error; it
 * rejects for a lost connection and an abort.
 */
export async function restoreOwnersAndPrivileges(
  client: pg.ClientBase,
  expected: Description,
  options: RestoreAccessOptions,
): Promise<RestoreWarnings> {
  throw new Error(`Not written yet: ${String(client)} ${String(expected)} ${String(options)}.`);
}
