import type { DescribedObject, ObjectKind } from './described-object.js';

type Identity = Pick<DescribedObject, 'kind' | 'name'>;

const RELATIONS: readonly ObjectKind[] = ['table', 'foreign table', 'view', 'materialized view', 'sequence'];
/** ALTER EXTENSION cannot change an owner, and nothing else has one that is not altered like this. */
const OWNERLESS: readonly ObjectKind[] = ['extension', 'user mapping', 'default privileges'];

/** `ALTER <this> OWNER TO`; undefined for what cannot be given away. */
export function alterTarget({ kind, name }: Identity): string | undefined {
  if (OWNERLESS.includes(kind)) return undefined;
  if (RELATIONS.includes(kind)) return `TABLE ${name}`;
  return `${noun(kind)} ${name}`;
}

/** `GRANT … ON <this>`. */
export function grantTarget({ kind, name }: Identity): string {
  if (kind === 'sequence') return `SEQUENCE ${name}`;
  if (RELATIONS.includes(kind)) return `TABLE ${name}`;
  if (kind === 'server') return `FOREIGN SERVER ${name}`;
  return `${noun(kind)} ${name}`;
}

/** `COMMENT ON <this>`. */
export function commentTarget({ kind, name }: Identity): string {
  return `${noun(kind)} ${name}`;
}

/** The words of SQL are the kinds' own, but for functions, which are of several kinds. */
function noun(kind: ObjectKind): string {
  return kind === 'function' ? 'ROUTINE' : kind.toUpperCase();
}

/** The quoted name of the schema that something is in; undefined where it is in none. */
export function schemaOf({ kind, name }: Identity): string | undefined {
  const inSchema = /^("(?:[^"]|"")+")\./.exec(name)?.[1];
  return kind === 'schema' ? undefined : inSchema;
}
