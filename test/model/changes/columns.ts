import type { KnownTable } from '../known-objects.js';
import { BUILT_IN_TYPES, EXTENSION_TYPES, valueOf } from '../values.js';
import type { World } from '../world.js';
import type { Change } from './change.js';
import { columnName } from './names.js';

/** Any type there is, one's own ones more often than there are many. */
export async function aType(world: World): Promise<string> {
  const { dice } = world;
  const { types, extensions, tables } = await world.objects();
  const ofExtensions = extensions.flatMap((name) => EXTENSION_TYPES[name] ?? []);
  const rows = tables.filter(({ columns }) => columns.length > 0).map(({ sql }) => sql);
  const plain = dice.weighted([
    { weight: 6, of: BUILT_IN_TYPES },
    { weight: 5, of: types.map(({ sql }) => sql) },
    { weight: ofExtensions.length, of: ofExtensions },
    { weight: 1, of: rows },
  ]).of;
  const type = dice.pick(plain) ?? 'integer';
  return dice.onceIn(6) && type !== 'regclass' && type !== 'aclitem' ? `${type}[]` : type;
}

/** Types whose values PostgreSQL takes for another's without writing the table anew. */
const BINARY_SAME: [from: string, to: string][] = [
  ['integer', 'oid'],
  ['oid', 'integer'],
  ['text', 'character varying'],
  ['character varying', 'text'],
  ['timestamp without time zone', 'timestamp with time zone'],
  ['timestamp with time zone', 'timestamp without time zone'],
  ['bit varying', 'bit varying(64)'],
  ['xml', 'text'],
  ['character varying', 'character varying(2000)'],
  ['text', 'public.citext'],
  ['public.citext', 'text'],
];

async function addColumn(world: World, table: KnownTable): Promise<void> {
  const { dice } = world;
  const type = await aType(world);
  const { types } = await world.objects();
  const value = valueOf(type, types, '1', dice.below(100));
  const kind = dice.pick([
    '',
    '',
    `DEFAULT ${value}`,
    `DEFAULT ${value}`,
    `DEFAULT ${value} NOT NULL`,
    'volatile',
    'generated',
    'identity',
  ]);
  // A constant is kept in the catalogue for the rows there are; anything else writes them anew.
  const constant = kind?.startsWith('DEFAULT');
  const name = columnName(dice);
  const id = table.columns.find(({ sql, type }) => sql === 'id' && type === 'integer');
  const definitions: Record<string, string> = {
    volatile: `${name} double precision DEFAULT random()`,
    generated: `${name} text GENERATED ALWAYS AS (${id ? 'id::text' : `'same'`}) STORED`,
    identity: `${name} bigint GENERATED ${dice.pick(['ALWAYS', 'BY DEFAULT'])} AS IDENTITY (START 7 INCREMENT 3)`,
  };
  const [fixed] = constant ? await constantOf(world, type, value) : [undefined];
  const plain = `${name} ${type}${fixed === undefined ? '' : ` DEFAULT ${fixed}${kind!.endsWith('NOT NULL') ? ' NOT NULL' : ''}`}`;
  await world.define(`ALTER TABLE ${table.sql} ADD COLUMN ${definitions[kind!] ?? plain}`);
}

/** The text of a value: a default may have no query in it. */
async function constantOf(world: World, type: string, value: string): Promise<[string | undefined]> {
  const text = await world.valueAsText(`${value}`);
  return [text === undefined ? undefined : `'${text.replaceAll("'", "''")}'::${type}`];
}

const change = (weight: number, name: string, run: (world: World, table: KnownTable) => Promise<unknown>): Change => ({
  name,
  weight,
  async run(world) {
    const table = await world.aTable(({ parent }) => parent === null);
    if (table) await run(world, table);
  },
});

export const COLUMN_CHANGES: Change[] = [
  change(6, 'add a column', addColumn),
  change(3, 'drop a column', async (world, table) => {
    const column = world.dice.pick(table.columns.filter(({ sql }) => sql !== 'id'));
    if (column)
      await world.define(`ALTER TABLE ${table.sql} DROP COLUMN ${column.sql}${world.dice.onceIn(3) ? ' CASCADE' : ''}`);
  }),
  change(3, 'drop a column and add one of its name', async (world, table) => {
    const column = world.dice.pick(table.columns.filter(({ sql }) => sql !== 'id'));
    if (!column) return;
    const value = await world.valueAsText(await world.valueOf(column, '3'));
    const fixed = value === undefined ? '' : ` DEFAULT '${value.replaceAll("'", "''")}'`;
    const add = `ADD COLUMN ${column.sql} ${column.type}${fixed}`;
    await world.define(`ALTER TABLE ${table.sql} DROP COLUMN ${column.sql} CASCADE, ${add}`);
  }),
  change(2, 'swap two columns', async (world, table) => {
    const [one, other] = [world.dice.pick(table.columns), world.dice.pick(table.columns)];
    if (!one || !other || one === other || one.sql === 'id' || other.sql === 'id') return;
    const rename = (from: string, to: string) => `ALTER TABLE ${table.sql} RENAME COLUMN ${from} TO ${to}`;
    await world.define(
      `BEGIN; ${rename(one.sql, 'passing')}; ${rename(other.sql, one.sql)}; ${rename('passing', other.sql)}; COMMIT`,
    );
  }),
  change(1, 'rename a column', async (world, table) => {
    const column = world.dice.pick(table.columns.filter(({ sql }) => sql !== 'id'));
    if (column) await world.define(`ALTER TABLE ${table.sql} RENAME COLUMN ${column.sql} TO ${columnName(world.dice)}`);
  }),
  change(4, 'type without writing anew', async (world, table) => {
    const { dice } = world;
    const fitting = table.columns.flatMap(({ sql, type }) =>
      BINARY_SAME.filter(([from]) => from === type).map(([, to]) => ({ sql, to })),
    );
    const found = dice.pick(fitting);
    if (found) await world.define(`ALTER TABLE ${table.sql} ALTER COLUMN ${found.sql} TYPE ${found.to}`);
  }),
  change(2, 'type with writing anew', async (world, table) => {
    const column = world.dice.pick(table.columns.filter(({ isComputed }) => !isComputed));
    if (!column) return;
    const to = world.dice.pick(['text', 'bigint', 'numeric', 'integer', 'character varying(500)', 'jsonb']);
    const using = to === 'jsonb' ? `to_jsonb(${column.sql})` : `${column.sql}::text::${to}`;
    await world.define(
      `ALTER TABLE ${table.sql} ALTER COLUMN ${column.sql} DROP DEFAULT, ALTER COLUMN ${column.sql} TYPE ${to} USING ${using}`,
    );
  }),
  change(2, 'default or null', async (world, table) => {
    const column = world.dice.pick(table.columns);
    if (!column) return;
    const what = world.dice.pick([
      'DROP DEFAULT',
      'SET NOT NULL',
      'DROP NOT NULL',
      'DROP EXPRESSION',
      'DROP IDENTITY',
      'SET GENERATED BY DEFAULT',
      'RESTART WITH 500',
      `SET DEFAULT NULL`,
    ]);
    await world.define(`ALTER TABLE ${table.sql} ALTER COLUMN ${column.sql} ${what}`);
  }),
];
