import type { KnownType } from './known-objects.js';

/** An SQL expression of a value that follows from the number `i` (SQL) and the salt. */
type Expression = (i: string, salt: number) => string;

const TEXT: Expression = (i, salt) =>
  `CASE (${i} + ${salt}) % 9 WHEN 0 THEN E'tab\\tline\\nback\\\\slash\\r' WHEN 1 THEN '' WHEN 2 THEN '\\N' WHEN 3 THEN 'Zoë 日本 ' || ${i}
    WHEN 4 THEN repeat('long ', 900) WHEN 5 THEN (SELECT string_agg(md5((${i} * k + ${salt})::text), '') FROM generate_series(1, 80) k)
    WHEN 6 THEN NULL WHEN 7 THEN E'\\u0001\\u007f"''' ELSE md5((${i} + ${salt})::text) END`;

const BUILT_IN: Record<string, Expression> = {
  smallint: (i, salt) => `((${i} * 3 + ${salt}) % 30000)`,
  integer: (i, salt) => `(${i} * 7 + ${salt})`,
  bigint: (i, salt) => `(${i} * 10000000000 - ${salt})`,
  numeric: (i, salt) => `((${i} + ${salt})::numeric / 7)`,
  real: (i, salt) => `(${i} / 3.0 + ${salt})`,
  'double precision': (i, salt) =>
    `CASE ${i} % 5 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' ELSE 1e-200 * ${i} + ${salt} END`,
  money: (i, salt) => `((${i} + ${salt}) * 1.25)`,
  oid: (i, salt) => `(${i} + ${salt})`,
  boolean: (i, salt) => `((${i} + ${salt}) % 2 = 0)`,
  text: TEXT,
  'character varying': (i, salt) => `left(${TEXT(i, salt)}, 60)`,
  character: (i, salt) => `('c' || (${i} + ${salt}) % 10)`,
  name: (i, salt) => `('n' || (${i} + ${salt}))`,
  bytea: (i, salt) => `decode(repeat(md5((${i} + ${salt})::text), 1 + ${i} % 3), 'hex')`,
  date: (i, salt) => `('0044-03-15 BC'::date + ${i} * 500 + ${salt})`,
  'timestamp without time zone': (i, salt) =>
    `('2024-02-29 12:00'::timestamp + (${i} + ${salt}) * '1.5 hours'::interval)`,
  'timestamp with time zone': (i, salt) =>
    `('2024-02-29 12:00+01'::timestamptz + (${i} + ${salt}) * '1.5 hours'::interval)`,
  'time with time zone': (i, salt) => `('12:00+01'::timetz + (${i} + ${salt}) * '1 second'::interval)`,
  interval: (i, salt) => `('1 mon -3 days'::interval * (${i} % 7) + ${salt} * '1 second'::interval)`,
  uuid: (i, salt) => `md5((${i} + ${salt})::text)::uuid`,
  json: (i, salt) => `json_build_object('b', ${i}, 'a', ${salt})`,
  jsonb: (i, salt) =>
    `jsonb_build_object('b', ${i}, 'a', ARRAY[${salt}, NULL], 'text', repeat(md5(${i}::text), ${i} % 4))`,
  xml: (i, salt) => `xmlelement(name row, xmlattributes(${salt} AS salt), ${i})`,
  inet: (i, salt) => `('10.0.0.0/8'::inet + ${i} + ${salt})`,
  macaddr: (i) => `('08:00:2b:01:02:' || lpad(to_hex(${i} % 256), 2, '0'))::macaddr`,
  'bit varying': (i, salt) => `(${i} + ${salt})::bit(13)::varbit`,
  point: (i, salt) => `point(${i} / 3.0, ${salt})`,
  tsvector: (i, salt) => `to_tsvector('pg_catalog.simple', 'some words ' || ${i} || ' ' || ${salt})`,
  int4range: (i, salt) => `int4range(${i}, ${i} + 1 + ${salt} % 5)`,
  int4multirange: (i) => `int4multirange(int4range(${i}, ${i} + 3), int4range(${i} + 5, NULL))`,
  tstzrange: (i) => `tstzrange('2024-01-01+00', '2024-01-01+00'::timestamptz + ${i} * '1 day'::interval, '[]')`,
  regclass: (i) =>
    `CASE ${i} % 3 WHEN 0 THEN 'pg_catalog.pg_class'::regclass WHEN 1 THEN NULL ELSE (SELECT min(oid) FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND relname !~ '^pg')::regclass END`,
  aclitem: (i) => `makeaclitem('app_owner'::regrole, 'clerk'::regrole, 'SELECT', ${i} % 2 = 0)`,
  'public.citext': (i, salt) => `('Ci' || ${i} || 'Text' || ${salt})`,
  'public.hstore': (i, salt) => `public.hstore(ARRAY['b', 'a'], ARRAY[${i}::text, '${salt}'])`,
  'public.ltree': (i, salt) => `('top.l' || ${i} || '.s${salt}')::text::public.ltree`,
  'public.cube': (i, salt) => `public.cube(ARRAY[${i}, ${salt}]::float8[])`,
  'public.isbn13': (i) =>
    `public.isbn13(('978000000' || lpad((${i} % 1000)::text, 3, '0') || '0')::text::public.ean13)`,
};

export const BUILT_IN_TYPES = Object.keys(BUILT_IN).filter((type) => !type.startsWith('public.'));

/** Types that some extension brings, by its name. */
export const EXTENSION_TYPES: Record<string, string> = {
  citext: 'public.citext',
  hstore: 'public.hstore',
  ltree: 'public.ltree',
  cube: 'public.cube',
  isn: 'public.isbn13',
};

/** An expression for a value of the type, which follows from `i` and the salt; NULL for one that is not known. */
export function valueOf(type: string, types: readonly KnownType[], i: string, salt: number): string {
  if (type.endsWith('[]')) {
    const element = valueOf(type.slice(0, -2), types, i, salt);
    return `ARRAY[${element}, NULL]::${type}`;
  }
  const builtIn = BUILT_IN[type];
  if (builtIn) return `(${builtIn(i, salt)})::${type}`;
  const known = types.find(({ sql }) => sql === type);
  switch (known?.kind) {
    case 'e':
      return `(enum_range(NULL::${type}))[1 + (${i} + ${salt}) % ${Math.max(1, known.labels.length)}]`;
    case 'd':
      return `(${valueOf(known.base!, types, i, salt)})::${type}`;
    case 'r':
      return `${type}(${i}, ${i} + ${1 + (salt % 5)})`;
    case 'c': {
      const parts = known.attributes.map(({ name, type }) => `'${name}', to_jsonb(${valueOf(type, types, i, salt)})`);
      return `jsonb_populate_record(NULL::${type}, jsonb_build_object(${parts.join(', ')}))`;
    }
    default:
      return `NULL::${type}`;
  }
}
