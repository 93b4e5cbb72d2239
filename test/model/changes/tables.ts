import type { KnownTable } from '../known-objects.js';
import type { World } from '../world.js';
import type { Change } from './change.js';
import { aType } from './columns.js';
import { columnName, tableName } from './names.js';
import { insertion } from './rows.js';

/** With more, rather one is dropped: reading definitions takes most of the time. */
export const MOST_TABLES = 16;
const SCHEMAS = ['app', 'app', 'public', '"Odd Schema"'] as const;

/** Makes a table of some kind with rows in it. Resolves to its name as SQL. */
export async function makeTable(
  world: World,
  name = `${world.dice.pick(SCHEMAS)}.${tableName(world.dice)}`,
): Promise<string> {
  const { dice } = world;
  const columns = ['id integer'];
  const named = new Set<string>();
  for (let count = dice.below(5); count >= 0; count -= 1) {
    const column = columnName(dice);
    if (named.has(column)) continue;
    named.add(column);
    columns.push(`${column} ${await aType(world)}`);
  }
  const key = dice.pick(['PRIMARY KEY (id)', 'PRIMARY KEY (id)', 'UNIQUE (id)', '']);
  if (dice.onceIn(6)) columns.push(`generated text GENERATED ALWAYS AS ('#' || id::text) STORED`);
  if (dice.onceIn(6)) columns.push('counted bigint GENERATED ALWAYS AS IDENTITY');
  if (dice.onceIn(6)) columns.push('serial serial');
  if (key) columns.push(key);
  const unlogged = dice.onceIn(8) ? 'UNLOGGED ' : '';
  const like = await world.aTable(({ kind }) => kind === 'r');
  switch (dice.below(12)) {
    case 0:
      await world.define(`CREATE ${unlogged}TABLE ${name} ()`);
      break;
    case 1:
      await makePartitioned(
        world,
        name,
        columns.filter((column) => column !== key),
      );
      break;
    case 2:
      await world.define(
        `CREATE TABLE ${name} (extra text)${like && !like.isPartition ? ` INHERITS (${like.sql})` : ''}`,
      );
      break;
    case 3:
      await world.define(
        like ? `CREATE TABLE ${name} (LIKE ${like.sql} INCLUDING ALL)` : `CREATE TABLE ${name} (id int)`,
      );
      break;
    default:
      await world.define(`CREATE ${unlogged}TABLE ${name} (${columns.join(', ')})`);
  }
  const table = await world.aTable(({ sql }) => sql === name);
  if (!table) return name;
  await world.run(await insertion(world, table, 1, dice.pick([0, 3, 100, 400, 1500])!));
  return name;
}

async function makePartitioned(world: World, name: string, columns: readonly string[]): Promise<void> {
  const { dice } = world;
  const strategy = dice.pick(['RANGE', 'LIST', 'HASH']);
  const part = (index: number) => `app.${world.newName(`part${index}_`)}`;
  const bounds = {
    RANGE: ['FROM (MINVALUE) TO (100)', 'FROM (100) TO (500)', 'FROM (500) TO (900)'].map(
      (bound) => `FOR VALUES ${bound}`,
    ),
    LIST: ['IN (1, 2, 3)', 'IN (4, 5)'].map((bound) => `FOR VALUES ${bound}`),
    HASH: [0, 1].map((remainder) => `FOR VALUES WITH (MODULUS 2, REMAINDER ${remainder})`),
  }[strategy];
  const parts = [...bounds, ...(strategy === 'HASH' ? [] : ['DEFAULT'])];
  const made = parts.map((bound, index) => `CREATE TABLE ${part(index)} PARTITION OF ${name} ${bound}`);
  await world.define(`CREATE TABLE ${name} (${columns.join(', ')}) PARTITION BY ${strategy} (id); ${made.join('; ')}`);
}

const withTable =
  (work: (world: World, table: KnownTable) => Promise<unknown>, fits?: (table: KnownTable) => boolean) =>
  async (world: World) => {
    const table = await world.aTable(fits);
    if (table) await work(world, table);
  };

const isDispensable = ({ isByLabel }: KnownTable) => !isByLabel;

export const TABLE_CHANGES: Change[] = [
  {
    name: 'make a table, or drop one',
    weight: 5,
    async run(world) {
      const { tables } = await world.objects();
      if (tables.length < MOST_TABLES) return makeTable(world);
      const table = world.dice.pick(tables.filter(({ isByLabel }) => !isByLabel))!;
      return world.define(`DROP TABLE ${table.sql} CASCADE`);
    },
  },
  {
    name: 'drop a table and make one of its name',
    weight: 2,
    run: withTable(async (world, table) => {
      if (await world.define(`DROP TABLE ${table.sql} CASCADE`)) await makeTable(world, table.sql);
    }, isDispensable),
  },
  {
    name: 'make a table as another one is, under its name',
    weight: 1,
    run: withTable(async (world, table) => {
      if (table.kind === 'p' || table.parent !== null) return;
      const old = `${table.schema}.old_one`;
      await world.define(
        `BEGIN; ALTER TABLE ${table.sql} RENAME TO old_one; CREATE TABLE ${table.sql} (LIKE ${old} INCLUDING DEFAULTS);
         INSERT INTO ${table.sql} SELECT * FROM ${old} WHERE random() < 2; DROP TABLE ${old} CASCADE; COMMIT`,
      );
    }),
  },
  {
    name: 'swap the names of two tables',
    weight: 3,
    run: withTable(async (world, table) => {
      const other = await world.aTable(({ schema, sql }) => schema === table.schema && sql !== table.sql);
      if (!other) return;
      const plain = (sql: string) => sql.slice(table.schema.length + 1);
      await world.define(
        `BEGIN; ALTER TABLE ${table.sql} RENAME TO passing; ALTER TABLE ${other.sql} RENAME TO ${plain(table.sql)};
         ALTER TABLE ${table.schema}.passing RENAME TO ${plain(other.sql)}; COMMIT`,
      );
    }),
  },
  {
    name: 'rename or move a table',
    weight: 2,
    run: withTable((world, table) =>
      world.define(
        world.dice.onceIn(2)
          ? `ALTER TABLE ${table.sql} RENAME TO ${tableName(world.dice)}`
          : `ALTER TABLE ${table.sql} SET SCHEMA ${world.dice.pick(SCHEMAS)}`,
      ),
    ),
  },
  {
    name: 'detach a partition',
    weight: 2,
    run: withTable(
      (world, table) => world.define(`ALTER TABLE ${table.parent} DETACH PARTITION ${table.sql}`),
      (table) => table.isPartition && isDispensable(table),
    ),
  },
  {
    name: 'attach a partition',
    weight: 4,
    run: withTable(
      async (world, parent) => {
        // Only what was a partition once has the columns for it.
        const part = await world.aTable(({ sql, parent }) => parent === null && sql.startsWith('app.part'));
        const bound = {
          r: `FOR VALUES FROM (${world.dice.below(9) * 100}) TO (${900 + world.dice.below(3)})`,
          l: `FOR VALUES IN (${world.dice.below(9)}, 77)`,
          h: `FOR VALUES WITH (MODULUS 2, REMAINDER ${world.dice.below(2)})`,
        }[parent.strategy!];
        const how = world.dice.onceIn(3) ? 'DEFAULT' : bound;
        if (part) await world.define(`ALTER TABLE ${parent.sql} ATTACH PARTITION ${part.sql} ${how}`);
      },
      ({ kind }) => kind === 'p',
    ),
  },
  {
    name: 'inherit, or no more',
    weight: 1,
    run: withTable(async (world, table) => {
      if (table.isPartition) return;
      if (table.parent) return world.define(`ALTER TABLE ${table.sql} NO INHERIT ${table.parent}`);
      const parent = await world.aTable(({ sql, kind }) => sql !== table.sql && kind === 'r');
      return parent && world.define(`ALTER TABLE ${table.sql} INHERIT ${parent.sql}`);
    }),
  },
];
