import { isDeepStrictEqual } from 'node:util';
import type { AuditedState, Json } from './chain/audit-entry.js';

/** What was changed, of both sides what differs; null for nothing. Of what is new, or gone, all that it has. */
export interface ChangedParts {
  before: AuditedState;
  after: AuditedState;
}

/**
 * Compares what the API shows of something before and after, property by property; null when both are the same. A side that
 * is left out is not there: what is left of the other one is what it says, without what it does not.
 */
export function changedParts(before: object | undefined, after: object | undefined): ChangedParts | null {
  const [was, is] = [plain(before), plain(after)];
  if (was === null || is === null) return { before: said(was), after: said(is) };
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const changed = names.filter((name) => !isDeepStrictEqual(was[name], is[name]));
  if (changed.length === 0) return null;
  return { before: pick(was, changed), after: pick(is, changed) };
}

/** As it is stored: what JSON has no place for is left out, and what a text of PostgreSQL has none for is replaced. */
function plain(state: object | undefined): AuditedState {
  if (state === undefined) return null;
  return JSON.parse(JSON.stringify(state), (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value,
  ) as AuditedState;
}

function said(state: AuditedState): AuditedState {
  if (state === null) return null;
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== null));
}

function pick(state: { [name: string]: Json }, names: readonly string[]): AuditedState {
  return Object.fromEntries(names.flatMap((name) => (name in state ? [[name, state[name] as Json]] : [])));
}
