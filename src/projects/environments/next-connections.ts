import type { DatabaseInputWritable, HookInputWritable } from '../../contract/generated/types.gen.js';
import type { SecretBox } from '../connections/secret-box.js';
import type { StoredDatabase, StoredHook } from '../connections/stored-connections.js';

/** What is to become of the stored password: it stays, goes, or is replaced. */
export type PasswordChange = 'keep' | 'drop' | { replaceBy: string };

export interface NextDatabase {
  database: StoredDatabase | null;
  password: PasswordChange;
}

/**
 * What an environment's database becomes. A password that is not given stays only while host, port and
 * user stay: somebody who may change environments, but does not know the password, could otherwise
 * have it sent to a server of theirs. An empty password is none.
 */
export function nextDatabase(stored: StoredDatabase | null, input: DatabaseInputWritable | null): NextDatabase {
  if (input === null) return { database: null, password: 'drop' };
  if (input.kind !== 'connection') {
    const { kind: _, ...place } = input;
    return { database: place, password: 'drop' };
  }
  const { host, port = 5432, database, user, password, tls = 'disable' } = input;
  const next = { host, port, database, user, tls };
  if (password) return { database: next, password: { replaceBy: password } };
  const samePlace =
    stored !== null && 'host' in stored && stored.host === host && stored.port === port && stored.user === user;
  return { database: next, password: samePlace && password === undefined ? 'keep' : 'drop' };
}

const DEFAULT_SECONDS = 10;

/** A hook as it is stored: what anybody may see, and its headers, sealed. */
export interface NextHook {
  hook: StoredHook | null;
  headers: string | null;
}

/** Hooks are replaced as a whole: headers that are left out are gone. Pure but for the sealing. */
export function nextHook(input: HookInputWritable | null, box: SecretBox, environmentId: string): NextHook {
  if (input === null) return { hook: null, headers: null };
  const timeoutSeconds = input.timeoutSeconds ?? DEFAULT_SECONDS;
  if (input.kind === 'command') return { hook: { command: input.command, timeoutSeconds }, headers: null };
  const headers = input.headers ?? {};
  const headerNames = Object.keys(headers);
  return {
    hook: { url: input.url, headerNames, timeoutSeconds },
    headers: headerNames.length === 0 ? null : box.seal(JSON.stringify(headers), environmentId),
  };
}
