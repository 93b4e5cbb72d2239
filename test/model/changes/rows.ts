import type { KnownTable } from '../known-objects.js';
import type { World } from '../world.js';
import type { Change } from './change.js';

/** A table that has this many bytes is rather emptied than filled. */
const LARGE_BYTES = 400_000;

/** A condition that some rows meet: by id where there is one, by place otherwise. */
export function someRows(world: World, table: KnownTable): string {
  const { dice } = world;
  if (table.columns.some(({ sql, type }) => sql === 'id' && ['integer', 'bigint', 'numeric'].includes(type))) {
    const from = dice.below(900);
    return dice.pick([`id = ${from}`, `id BETWEEN ${from} AND ${from + dice.below(40)}`, `id % 97 = ${from % 97}`]);
  }
  const block = dice.below(4);
  return `ctid >= '(${block},0)' AND ctid < '(${block},${dice.between(2, 20)})'`;
}

async function assignments(world: World, table: KnownTable): Promise<string | undefined> {
  const writable = table.columns.filter(({ isComputed, sql }) => !isComputed && sql !== 'id');
  const column = world.dice.pick(writable);
  if (!column) return undefined;
  const other = world.dice.pick(writable)!;
  const first = `${column.sql} = ${await world.valueOf(column, String(world.dice.below(50)))}`;
  if (other === column || world.dice.onceIn(2)) return first;
  return `${first}, ${other.sql} = ${other.sql}`;
}

/** Rows with the ids from..to, with a value in most of their columns. */
export async function insertion(world: World, table: KnownTable, from: number, to: number): Promise<string> {
  const columns = table.columns.filter(({ isComputed, notNull }) => !isComputed && (notNull || !world.dice.onceIn(6)));
  if (columns.length === 0) return `INSERT INTO ${table.sql} DEFAULT VALUES`;
  const values: string[] = [];
  for (const column of columns) values.push(column.sql === 'id' ? 'i' : await world.valueOf(column, 'i'));
  const names = columns.map(({ sql }) => sql).join(', ');
  return `INSERT INTO ${table.sql} (${names}) SELECT ${values.join(', ')} FROM generate_series(${from}, ${to}) i`;
}

/** One statement that leaves as many rows as there were, in a table with a column to write into. */
export async function updateOfRows(world: World, table: KnownTable): Promise<string | undefined> {
  const set = await assignments(world, table);
  return set && `UPDATE ${table.sql} SET ${set} WHERE ${someRows(world, table)}`;
}

/** One statement that changes some rows of the table. */
export async function changeOfRows(world: World, table: KnownTable): Promise<string> {
  const { dice } = world;
  const where = someRows(world, table);
  const from = dice.onceIn(3) ? dice.below(1000) : world.newIds();
  const insert = await insertion(world, table, from, from + dice.below(60));
  const set = await assignments(world, table);
  const update = set ? `UPDATE ${table.sql} SET ${set} WHERE ${where}` : insert;
  switch (dice.below(table.bytes > LARGE_BYTES ? 7 : 10)) {
    case 0:
    case 1:
      return `DELETE FROM ${table.sql} WHERE ${where}`;
    case 2:
      // As many as there were.
      return `WITH gone AS (DELETE FROM ${table.sql} WHERE ${where} RETURNING 1) SELECT count(*) FROM gone; ${insert}`;
    case 3:
      return `${insert} ON CONFLICT DO NOTHING`;
    case 4:
      return set && table.columns.some(({ sql }) => sql === 'id')
        ? `${insert} ON CONFLICT (id) DO UPDATE SET ${set}`
        : update;
    case 5:
    case 6:
      return update;
    default:
      return insert;
  }
}

/** Takes rows for itself, or with others. */
export function lockOfRows(world: World, table: KnownTable): string {
  const strength = world.dice.pick(['UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE', 'KEY SHARE']);
  return `SELECT 1 FROM ${table.sql} WHERE ${someRows(world, table)} FOR ${strength} SKIP LOCKED`;
}

const withTable = (work: (world: World, table: KnownTable) => Promise<unknown>) => async (world: World) => {
  const table = await world.aTable();
  if (table) await work(world, table);
};

export const ROW_CHANGES: Change[] = [
  {
    name: 'rows',
    weight: 100,
    run: withTable(async (world, table) => world.run(await changeOfRows(world, table))),
  },
  {
    name: 'aborted transaction',
    weight: 6,
    run: withTable(async (world, table) => world.run(`BEGIN; ${await changeOfRows(world, table)}; ROLLBACK`)),
  },
  {
    name: 'savepoints',
    weight: 8,
    run: withTable(async (world, table) => {
      const [one, two, three] = [
        await changeOfRows(world, table),
        await changeOfRows(world, table),
        await changeOfRows(world, table),
      ];
      await world.run(
        `BEGIN; ${one}; SAVEPOINT s; ${two}; SAVEPOINT r; ${three}; ${world.dice.pick(['ROLLBACK TO s', 'RELEASE s', 'ROLLBACK TO r'])}; COMMIT`,
      );
    }),
  },
  {
    name: 'many subtransactions',
    weight: 1,
    run: withTable(async (world, table) => {
      const change = (await changeOfRows(world, table)).replaceAll('SELECT count(*) FROM gone', 'SELECT 1 FROM gone');
      if (change.startsWith('WITH')) return;
      await world.run(
        `DO $many$ BEGIN FOR n IN 1..70 LOOP BEGIN ${change}; IF n % 3 = 0 THEN RAISE 'no'; END IF; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $many$`,
      );
    }),
  },
  { name: 'row locks', weight: 5, run: withTable((world, table) => world.run(lockOfRows(world, table))) },
  {
    name: 'empty a table',
    weight: 2,
    run: withTable(async (world, table) => {
      const how = world.dice.pick(['', ' RESTART IDENTITY', ' CASCADE']);
      const refill = world.dice.onceIn(2) ? `; ${await insertion(world, table, 1, 40)}` : '';
      const end = world.dice.onceIn(4) ? 'ROLLBACK' : 'COMMIT';
      await world.run(`BEGIN; TRUNCATE ${table.sql}${how}${refill}; ${end}`);
    }),
  },
  {
    name: 'copy with freeze',
    weight: 3,
    run: withTable(async (world, table) => {
      const { dice } = world;
      const column = table.columns.find(({ sql, isComputed }) => sql === 'id' && !isComputed);
      if (!column || table.kind === 'p') return;
      const from = dice.below(500);
      const copy = `COPY ${table.sql} (id) FROM PROGRAM 'seq ${from} ${from + dice.below(300)}' WITH (FREEZE)`;
      const twice = dice.onceIn(4) ? 'ROLLBACK' : 'COMMIT';
      await world.run(`BEGIN; TRUNCATE ${table.sql}; ${copy}; ${twice}`);
    }),
  },
  {
    name: 'copy',
    weight: 2,
    run: withTable(async (world, table) => {
      if (!table.columns.some(({ sql, isComputed }) => sql === 'id' && !isComputed)) return;
      const from = 1000 + world.dice.below(500);
      await world.run(`COPY ${table.sql} (id) FROM PROGRAM 'seq ${from} ${from + 40}'`);
    }),
  },
];
