import type pg from 'pg';
import type { Description, DescriptionStream } from './described-object.js';
import type { RestoreAccessOptions, RestoreWarnings } from './restore-access.js';

export interface CapturedExtension {
  name: string;
  version: string;
  schema: string;
}

/** The extensions of a description, by name. Reads no further than it must. */
export async function extensionVersions(expected: DescriptionStream): Promise<Map<string, CapturedExtension>> {
  throw new Error(`Not written yet: ${String(expected)}.`);
}

/**
 * The version in which the server can create each of these: the captured one where it offers that, else its default
 * one; null where it does not have the extension at all. Rejects with the driver's error.
 */
export async function offeredVersions(
  client: pg.ClientBase,
  extensions: Iterable<Pick<CapturedExtension, 'name' | 'version'>>,
): Promise<Map<string, string | null>> {
  throw new Error(`Not written yet: ${String(client)} ${String(extensions)}.`);
}

/**
 * Alters the members of extensions that were just created to what they were (volatility, strictness, parallel safety,
 * cost, rows, settings, security, leakproof, owner, privileges, comment), as far as they are there and the role may. No transaction
 * is open on the client (`WRITING_SETTINGS`). What cannot be done is a warning. `ownersAndPrivileges` false leaves those out.
 */
export async function alterExtensionMembers(
  client: pg.ClientBase,
  expected: Description,
  options: RestoreAccessOptions & { ownersAndPrivileges: boolean },
): Promise<RestoreWarnings> {
  throw new Error(`Not written yet: ${String(client)} ${String(expected)} ${String(options)}.`);
}
