import type { World } from '../world.js';
import type { Change } from './change.js';

const VACUUMS = [
  'VACUUM',
  'VACUUM',
  'VACUUM (FREEZE)',
  'VACUUM (FULL)',
  'VACUUM (FULL, FREEZE)',
  'VACUUM (INDEX_CLEANUP OFF)',
  'VACUUM (ANALYZE)',
  'ANALYZE',
] as const;

async function cluster(world: World): Promise<void> {
  const index = world.dice.pick((await world.objects()).indexes);
  if (!index) return;
  const name = index.sql.slice(index.sql.indexOf('.') + 1);
  await world.define(`CLUSTER ${index.table} USING ${name}`);
}

async function reloption(world: World): Promise<void> {
  const { dice } = world;
  const table = await world.aTable(({ kind }) => kind === 'r');
  if (!table) return;
  const column = dice.pick(table.columns.filter(({ type }) => ['text', 'bytea', 'jsonb', 'xml'].includes(type)));
  const options = [
    `SET (fillfactor = ${dice.between(30, 100)})`,
    'SET UNLOGGED',
    'SET LOGGED',
    'SET WITHOUT CLUSTER',
    'REPLICA IDENTITY FULL',
    'SET (toast_tuple_target = 200)',
    ...(column
      ? [
          `ALTER COLUMN ${column.sql} SET STORAGE ${dice.pick(['PLAIN', 'EXTERNAL', 'EXTENDED', 'MAIN'])}`,
          `ALTER COLUMN ${column.sql} SET COMPRESSION pglz`,
          `ALTER COLUMN ${column.sql} SET STATISTICS 50`,
        ]
      : []),
  ] as const;
  await world.define(`ALTER TABLE ${table.sql} ${dice.pick(options)}`);
}

export const STORAGE_CHANGES: Change[] = [
  {
    name: 'vacuum',
    weight: 9,
    async run(world) {
      const table = await world.aTable(({ kind }) => kind === 'r');
      if (table) await world.run(`${world.dice.pick(VACUUMS)} ${table.sql}`);
    },
  },
  { name: 'vacuum of everything', weight: 1, run: (world) => world.run(world.dice.pick(['VACUUM', 'VACUUM FREEZE'])) },
  { name: 'cluster', weight: 3, run: cluster },
  { name: 'storage', weight: 4, run: reloption },
  { name: 'checkpoint', weight: 1, run: (world) => world.run('CHECKPOINT') },
  {
    name: 'reindex',
    weight: 1,
    async run(world) {
      const table = await world.aTable(({ kind }) => kind === 'r');
      if (table) await world.run(`REINDEX TABLE ${table.sql}`);
    },
  },
];
