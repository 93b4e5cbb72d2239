/*
 * What a database is, object by object, in names only: two databases with the same objects have the same
 * description, whatever their oids. It is captured beside pg_dump's archive, which does not contain everything (members
 * of extensions that were altered, say) and is not made to be compared.
 */

/**
 * Every kind there is, in the order in which a description has them. Schemas and extensions come first, because what is said
 * of them decides about what is in them; sequences follow the tables whose columns they are for.
 */
export const KINDS = [
  'schema',
  'extension',
  'language',
  'access method',
  'foreign data wrapper',
  'server',
  'user mapping',
  'type',
  'function',
  'operator family',
  'operator class',
  'operator',
  'cast',
  'transform',
  'conversion',
  'collation',
  'text search parser',
  'text search template',
  'text search dictionary',
  'text search configuration',
  'table',
  'foreign table',
  'sequence',
  'view',
  'materialized view',
  'statistics',
  'index',
  'constraint',
  'trigger',
  'rule',
  'policy',
  'event trigger',
  'publication',
  'subscription',
  'large object',
  'default privileges',
] as const;

/**
 * `table`: partitioned ones too. `type`: base types, enums, domains, ranges and composite types. `function`: procedures,
 * aggregates and window functions too.
 */
export type ObjectKind = (typeof KINDS)[number];

export interface Privilege {
  grantor: string;
  /** null is everybody. */
  grantee: string | null;
  /** As PostgreSQL names it, like `SELECT`. */
  privilege: string;
  grantable: boolean;
}

/** What JSON can hold. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [key: string]: Fact };
export type Facts = Readonly<Record<string, Fact>>;

/** One object as JSON. What is absent has PostgreSQL's default, or does not exist for this kind. */
export interface DescribedObject {
  kind: ObjectKind;
  /**
   * Which one, as SQL names it on any server after the words for its kind: `"public"."orders"`, `"public"."f"(integer)`,
   * `"p" ON "public"."orders"`. Every name is quoted. `displayName` is for people.
   */
  name: string;
  owner?: string;
  /** In the order in which they were granted; absent for the default (see `defaultPrivileges`). */
  privileges?: readonly Privilege[];
  /** By column, those that have any of their own. */
  columnPrivileges?: Readonly<Record<string, readonly Privilege[]>>;
  comment?: string;
  /** By the provider's name. */
  labels?: Readonly<Record<string, string>>;
  /** Whose member it is, or the table it belongs to. */
  extension?: string;
  /**
   * Came with the server: it is only described because its privileges are not those it came with, which are these
   * (absent in it: the default).
   */
  builtIn?: { privileges?: readonly Privilege[]; columnPrivileges?: Readonly<Record<string, readonly Privilege[]>> };
  definition: Facts;
}

/** All objects by `KINDS` and, within a kind, by the bytes of their names, in batches. */
export type DescriptionStream = AsyncIterable<readonly DescribedObject[]>;

/** Gives the stream from its start, each time it is asked. */
export type Description = () => DescriptionStream;

/** Negative when `a` comes before `b` in a description, 0 for the same object. */
export function compareIdentities(
  a: Pick<DescribedObject, 'kind' | 'name'>,
  b: Pick<DescribedObject, 'kind' | 'name'>,
): number {
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  // UTF-16 would put the rarer planes before U+E000.
  return a.name === b.name ? 0 : Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

/** As people write it: the name without the quotes it does not need, like `public.orders`. */
export function displayName(name: string): string {
  return name.replaceAll(/"((?:[^"]|"")+)"/g, (quoted, inner: string) =>
    /^[a-z_][a-z0-9_$]*$/.test(inner) ? inner : quoted,
  );
}

/** As it stands in a sentence: `the function public.f(integer)`. */
export function displayObject({ kind, name }: Pick<DescribedObject, 'kind' | 'name'>): string {
  return `${kind === 'materialized view' ? 'materialised view' : kind} ${displayName(name)}`;
}
