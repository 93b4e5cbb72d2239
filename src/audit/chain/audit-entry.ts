import { createHash } from 'node:crypto';
import type { ActorKind } from '../../request-context/request-context.js';

/** JSON, as it is stored. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Properties of what was changed, without secrets. */
export type AuditedState = { [key: string]: Json } | null;

/** What an entry says, before it has its place in a chain. */
export interface AuditRecord {
  actor: string;
  actorKind: ActorKind;
  operation: string;
  outcome: 'done' | 'refused';
  projectId: string | null;
  environmentId: string | null;
  subjectKind: string | null;
  subjectId: string | null;
  address: string | null;
  userAgent: string | null;
  requestId: string | null;
  before: AuditedState;
  after: AuditedState;
}

/** A record in its place: `hash` is over all of it, and over the hash of the entry before it. */
export interface AuditEntry extends AuditRecord {
  /** Of the form of what is hashed. */
  version: number;
  organization: string;
  /** 1, 2, 3, without gaps. */
  sequence: number;
  /** RFC 3339 in UTC, with milliseconds. */
  at: string;
  previousHash: string;
  hash: string;
}

/** A chain up to a certain entry; with `sequence` 0, before its first. */
export interface ChainEnd {
  sequence: number;
  hash: string;
}

/** The chain of the service itself: what belongs to no organization, or to one that this service is not for. No token can name it. */
export const OWN_CHAIN = '';

/** What the first entry of a chain follows. */
export const BEGINNING: ChainEnd = { sequence: 0, hash: '0'.repeat(64) };

/** The form of what is hashed. Another one gets another number, and this one stays: entries are never written again. */
export const FORM = 1;

/** The next entry of a chain. */
export function chained(record: AuditRecord, organization: string, at: string, before: ChainEnd): AuditEntry {
  const placed = { ...record, version: FORM, organization, at };
  const entry = { ...placed, sequence: before.sequence + 1, previousHash: before.hash };
  return { ...entry, hash: hashOf(entry) };
}

/** SHA-256 of the canonical form, as hexadecimal digits. */
export function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(canonicalForm(entry)).digest('hex');
}

/**
 * Everything an entry says as one text, of which no two that differ have the same: a JSON array in this order, without
 * spaces, the properties of objects sorted by UTF-16 code units. See docs/audit.md for those who check it with other means.
 */
export function canonicalForm(entry: Omit<AuditEntry, 'hash'>): string {
  const { version, organization, sequence, at, actor, actorKind, operation, outcome, previousHash } = entry;
  const { projectId, environmentId, subjectKind, subjectId, address, userAgent, requestId, before, after } = entry;
  return canonicalJson([
    ...[version, organization, sequence, at, actor, actorKind, operation, outcome],
    ...[projectId, environmentId, subjectKind, subjectId, address, userAgent, requestId],
    ...[before, after, previousHash],
  ]);
}

function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).toSorted((one, other) => (one < other ? -1 : 1));
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`).join(',')}}`;
}
