import { FIRST_OWN_OID, type TypeFacts } from './type-closure.js';

/** PostgreSQL's own types whose text is made of names that somebody else can change: `regclass`, `aclitem`, … */
const NAMING_TYPE = /^(reg[a-z]+|aclitem)$/;

/**
 * Extensions whose types are known to write a value by nothing but the value. Their output functions are in the
 * fingerprint nevertheless.
 */
const KNOWN_EXTENSIONS = new Set([
  'citext',
  'cube',
  'hstore',
  'intarray',
  'ip4r',
  'ltree',
  'postgis',
  'seg',
  'semver',
  'vector',
]);

/** Why equal values of the type may be written differently at another time, as part of a sentence; undefined if not. */
export function whyUnpredictable(type: TypeFacts): string | undefined {
  if (type.kind === 'p') return `the type "${type.name}" is none that a table can be relied on to have`;
  if (type.kind !== 'b' || type.isArray) return undefined;
  if (type.oid < FIRST_OWN_OID) {
    if (!NAMING_TYPE.test(type.name)) return undefined;
    return `values of the type "${type.name}" are written with names that can change elsewhere`;
  }
  if (type.extension !== null && KNOWN_EXTENSIONS.has(type.extension)) return undefined;
  return `how values of the type "${type.name}" are written is not known`;
}
