import type { DatabaseView, HookView } from '../../contract/generated/types.gen.js';

type WithoutKind<T> = T extends unknown ? Omit<T, 'kind'> : never;

/** A connection without its password, or where its URL stands, as a row has it: which of them it is, its properties say. */
export type StoredDatabase = WithoutKind<DatabaseView>;

/** What is called around a cutover, without the values of headers, as a row has it. */
export type StoredHook = WithoutKind<HookView>;

export function toDatabaseView(stored: StoredDatabase): DatabaseView {
  if ('host' in stored) return { kind: 'connection', ...stored };
  return 'env' in stored ? { kind: 'variable', ...stored } : { kind: 'file', ...stored };
}

export function toHookView(stored: StoredHook): HookView {
  return 'url' in stored ? { kind: 'request', ...stored } : { kind: 'command', ...stored };
}
