import type { DatabaseInputWritable, DatabaseView } from '../../contract/generated/types.gen.js';

/** What is to become of the stored password: it stays, goes, or is replaced. */
export type PasswordChange = 'keep' | 'drop' | { replaceBy: string };

export interface NextDatabase {
  database: DatabaseView | null;
  password: PasswordChange;
}

/**
 * What an environment's database becomes. A password that is not given stays only while host, port and
 * user stay: somebody who may change environments, but does not know the password, could otherwise
 * have it sent to a server of theirs. An empty password is none.
 */
export function nextDatabase(stored: DatabaseView | null, input: DatabaseInputWritable | null): NextDatabase {
  if (input === null || !('host' in input)) return { database: input, password: 'drop' };
  const { host, port = 5432, database, user, password, tls = 'disable' } = input;
  const next = { host, port, database, user, tls };
  if (password) return { database: next, password: { replaceBy: password } };
  const samePlace =
    stored !== null && 'host' in stored && stored.host === host && stored.port === port && stored.user === user;
  return { database: next, password: samePlace && password === undefined ? 'keep' : 'drop' };
}
